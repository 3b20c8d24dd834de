// A model server that offers HTTP/2 on TLS and answers with the version it was asked in and the number of the session.
import {readFileSync} from 'node:fs';
import {createSecureServer} from 'node:http2';

const sessions = new Map();
const server = createSecureServer(
    {key: readFileSync('server.key'), cert: readFileSync('server.pem'), allowHTTP1: true}, (request, response) => {
      const session = request.stream?.session;
      if (!sessions.has(session)) sessions.set(session, sessions.size + 1);
      const content = `HTTP/${request.httpVersion}, session ${sessions.get(session)}`;
      request.resume();
      request.on('end', () => {
        response.writeHead(200, {'content-type': 'text/event-stream'});
        response.end(`data: ${JSON.stringify({choices: [{delta: {content}, finish_reason: 'stop'}]})}\n\ndata: [DONE]\n\n`);
      });
    });
server.listen(0, 'localhost', () => console.log(server.address().port));
