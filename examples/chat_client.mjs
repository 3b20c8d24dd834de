// Asks Convoke one question and prints the answer as it comes, whatever happens to the connection meanwhile.
// Node 22 or later, without packages: node chat_client.mjs "add 2 and 3"
// In a page it is the same, with document.body.append in place of process.stdout.write.

const url = process.env.CONVOKE_URL ?? 'ws://localhost:8000/ws/chat';
const requestId = crypto.randomUUID(); // what is sent again under the same id is not asked again
const question = {action: 'chat', request_id: requestId, payload: {text: process.argv.slice(2).join(' ') || 'What can you do?'}};
let last = 0; // the number of the newest frame

function connect() {
  const socket = new WebSocket(url);
  socket.onopen = () => {
    const resume = {action: 'resume', request_id: requestId, payload: {after: last}};
    socket.send(JSON.stringify(last > 0 ? resume : question));
  };
  socket.onmessage = ({data}) => {
    const frame = JSON.parse(data);
    last = frame.seq || last;
    if (frame.status === 'chunk' && frame.chunk.type === 'text') process.stdout.write(frame.chunk.data);
    if (frame.status === 'error') console.error(frame.error.message);
    if (frame.status === 'complete') console.log();
    if (frame.status !== 'complete' && frame.status !== 'error') return;
    process.exitCode = frame.status === 'complete' ? 0 : 1;
    socket.onclose = null; // this was the last frame
    socket.close();
  };
  socket.onclose = () => setTimeout(connect, 1000);
}

connect();
