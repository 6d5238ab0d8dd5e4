import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import { DEFAULT_LISTEN_LIMITS } from '../../src/http/listen.ts';
import { eventually } from '../support/service.ts';
import { largeFleet, serve } from './fleet.ts';
import { rawRequest } from './raw-request.ts';

const LIMITS = { ...DEFAULT_LISTEN_LIMITS, headersTimeoutMs: 500, requestTimeoutMs: 1000, idleTimeoutMs: 1000 };

function ended(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  return new Promise((resolve) => {
    socket.once('close', () => resolve(text)).once('error', () => undefined);
  });
}

describe('A hostile client', () => {
  it('that sends its headers forever is cut off, and others are answered meanwhile', async () => {
    const served = await serve(largeFleet(5, 5), {}, LIMITS);
    const slow = Array.from({ length: 50 }, () => connect(served.port, '127.0.0.1'));
    const ends = slow.map(ended);
    const drip = setInterval(() => slow.forEach((socket) => socket.writable && socket.write('X-A: b\r\n')), 50);
    for (const socket of slow) socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    expect((await fetch(`${served.url}/metrics`)).status).to.equal(200);
    const answers = await Promise.all(ends);
    clearInterval(drip);
    expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 408'))).to.have.length(50);
    await served.close();
  });

  it('that sends its body forever is cut off', async () => {
    const served = await serve(largeFleet(1, 1), {}, LIMITS);
    const socket = connect(served.port, '127.0.0.1');
    const end = ended(socket);
    const drip = setInterval(() => socket.writable && socket.write('a'), 50);
    socket.write(
      'POST /diff/check-0000 HTTP/1.1\r\nHost: x\r\nContent-Type: text/yaml\r\nContent-Length: 100000\r\n\r\n',
    );
    expect(await end).to.match(/^(HTTP\/1\.1 408|$)/);
    clearInterval(drip);
    await served.close();
  });

  it('that does not read its answer is cut off', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => lines.push(line) });
    const served = await serve(largeFleet(300, 100), { log }, LIMITS);
    const socket = connect(served.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /diff HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => lines.some((line) => line.includes('"interrupted":true')), 40);
    expect(await ended(socket.resume())).not.to.match(/\}\n$/);
    await served.close();
  });

  it('cannot take anything down with a thousand requests of all kinds', async () => {
    const served = await serve(largeFleet(20, 20));
    const kinds = [
      'GET /diff?address=***************************x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      `GET /diff?type=${'*a'.repeat(200)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      'GET /%00%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: x\r\nAccept: ${'a/b,'.repeat(2000)}\r\nConnection: close\r\n\r\n`,
      `GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: ${'gzip;q=0.0001,'.repeat(500)}\r\nConnection: close\r\n\r\n`,
      'GET //evil.example/%2e%2e/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET http://other/diff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      'GET /diff HTTP/1.1\r\nHost: x\r\nIf-None-Match: ,,,"",W/\r\nConnection: close\r\n\r\n',
    ];
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) => rawRequest(served.port, kinds[index % kinds.length] ?? '')),
      );
      for (const { status } of answers) expect(status).to.be.within(200, 499);
    }
    expect((await fetch(`${served.url}/-/healthy`)).status).to.equal(200);
    await served.close();
  });
});
