/** Recorded events as turns, each told in the frames it was once streamed in: what is shown live and later is one thing. */

/** [{requestId, question, frames, isClosed, events}], oldest first. `question` is null where the page of events cuts it off. */
export function turnsOf(events) {
  const turns = new Map();
  for (const event of events) {
    let turn = turns.get(event.request_id);
    if (!turn || event.type === 'user_message' || event.type === 'regeneration') {
      // Asked again after it failed: only the last attempt counts.
      turns.delete(event.request_id);
      turn = {requestId: event.request_id, question: null, frames: [], isClosed: false, events: [], place: {}};
      if (event.type === 'regeneration') takeQuestion(turns, turn, event.parent);
      turns.set(event.request_id, turn);
    }
    turn.events.push(event);
    record(turn, event);
  }
  return [...turns.values()];
}

/** An answer that was asked for once more belongs to the question it follows, which another turn has asked. */
function takeQuestion(turns, turn, seq) {
  for (const [id, other] of turns) {
    const question = other.events.find((event) => event.seq === seq);
    if (!question) continue;
    turn.events.push(question);
    record(turn, question);
    if (other.events.length === 1) turns.delete(id);
  }
}

function record(turn, event) {
  switch (event.type) {
    case 'user_message':
      Object.assign(turn.place, {question: event.seq, questions: event.siblings});
      turn.materials = materialsOf(event.details ?? {}, event.parts ?? []);
      turn.question = event.details?.asked ?? event.content ?? '';
      if (turn.question.startsWith(`/${turn.materials.prompt?.name}`)) turn.question = ''; // the prompt alone
      turn.askedAt = event.timestamp;
      break;
    case 'regeneration':
      Object.assign(turn.place, {answer: event.seq, answers: event.siblings});
      break;
    case 'assistant_message':
      if (!turn.place.answer) Object.assign(turn.place, {answer: event.seq, answers: event.siblings});
      // The calls it asks for are recorded again, with their servers, when they are made.
      for (const part of event.parts ?? []) if (part.type !== 'tool_call') turn.frames.push(frameOf(part, {}));
      break;
    case 'tool_call':
    case 'tool_result':
      for (const part of event.parts ?? []) turn.frames.push(frameOf(part, event.details ?? {}));
      break;
    default:
      if (!event.type.startsWith('turn_')) break;
      turn.isClosed ||= event.type.startsWith('turn_');
      turn.frames.push(closingFrame(turn, event));
  }
}

/** What a question brought along, as a `chat` names it. */
function materialsOf({prompt, attachments}, parts) {
  // Pictures of attachments come again with those.
  const images = prompt || attachments ? [] : parts.filter(({type, data}) => type === 'image' && data).map(({media_type, data}) => ({media_type, data}));
  return {...(prompt && {prompt}), ...(attachments && {attachments}), ...(images.length > 0 && {images})};
}

function frameOf(part, details) {
  switch (part.type) {
    case 'text':
    case 'reasoning': return {status: 'chunk', chunk: {type: part.type, data: part.text}};
    case 'tool_call': return processing('tool_execution', `calling ${part.name}`,
      {tool_call_id: part.id, tool: part.name, server: details.server, arguments: parsed(part.arguments)});
    case 'tool_result': return processing('tool_result', part.text,
      {...details, tool_call_id: part.call_id, tool: part.name, is_error: part.is_error ?? false});
    default: return {status: 'other'};
  }
}

function processing(type, data, metadata) {
  return {status: 'processing', chunk: {type, data, metadata}};
}

function closingFrame(turn, event) {
  const details = event.details ?? {};
  if (event.type === 'turn_failed') {
    const error = typeof details.error === 'object' ? details.error : details;
    return {status: 'error', error: {type: 'internal', message: 'the answer failed', ...error}};
  }
  const reasons = {turn_cancelled: 'cancelled', turn_interrupted: 'interrupted'};
  const metadata = {...details, model: event.model ?? details.model, usage: event.usage ?? details.usage,
    finish_reason: reasons[event.type] ?? details.finish_reason ?? 'stop'};
  metadata.tokens ??= metadata.usage?.total_tokens;
  metadata.duration_ms ??= Date.parse(event.timestamp) - Date.parse(turn.askedAt);
  return {status: 'complete', metadata};
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
