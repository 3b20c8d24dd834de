/** Conversations as files: downloaded whole, uploaded piece by piece. */
import {plural} from './format.js';

const PIECE_BYTES = 128 * 1024;

/** Saves a conversation as a file; `format` is "jsonl" or "openai". */
export async function downloadConversation(connection, id, title, format) {
  const pieces = [];
  await connection.ask('conversations.export', {conversation_id: id, format}, pieces);
  const url = URL.createObjectURL(new Blob(pieces, {type: 'application/json'}));
  const link = document.createElement('a');
  link.href = url;
  link.download = nameOfFile(title || id, format);
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** A name that every system takes: letters and digits of any script, hyphens between them. */
export function nameOfFile(title, format) {
  const name = title.normalize('NFC').replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').slice(0, 60);
  return `${name || 'conversation'}.${format === 'openai' ? 'json' : 'jsonl'}`;
}

/** Sends a file of conversations and promises what came of each. An error says which line is wrong. */
export async function importFile(connection, file) {
  const decoder = new TextDecoder('utf-8', {fatal: true, ignoreBOM: false});
  const conversations = [];
  let importId;
  for (let at = 0, isLast = false; !isLast; at += PIECE_BYTES) {
    isLast = at + PIECE_BYTES >= file.size;
    const bytes = await file.slice(at, at + PIECE_BYTES).arrayBuffer();
    const text = decoder.decode(bytes, {stream: !isLast});
    const answer = await connection.ask('conversations.import', {import_id: importId, text, last: isLast});
    importId = answer.import_id;
    conversations.push(...answer.conversations);
  }
  return conversations;
}

/** What an import did, in words. */
export function wordsAbout(conversations) {
  const refused = conversations.filter((one) => one.exists).length;
  const words = `${plural(conversations.length - refused, 'conversation')} imported.`;
  return refused > 0 ? `${words} ${refused} ${refused === 1 ? 'was' : 'were'} there already and stayed as they are.` : words;
}
