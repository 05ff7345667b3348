/**
 * The upstream of the bench, in a thread of its own: it shares no event loop with the load, so neither waits for the
 * other. It answers /offers with prepared texts and looks at nothing; it reads only what is redeemed.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';
import type { Told, UpstreamFigures } from './upstream.ts';

interface Order {
  text: string;
  calls: number;
  open: number;
}

let told: Told = { offers: '[]', finished: '[]', mapped: {}, hangs: [] };
let hangs = new Set<string>();
let figures = noFigures();
const orders = new Map<string, Order>();
const keys = new Set<string>();
let open = 0;

function noFigures(): UpstreamFigures {
  return {
    calls: 0,
    orders: 0,
    effects: 0,
    repeated: 0,
    otherText: 0,
    overlapping: 0,
    mostOpen: 0,
    healthy: 0,
    lastHealthyAt: 0,
  };
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    switch (request.url) {
      case '/offers':
        return answer(response, told.offers);
      case '/finished':
        return answer(response, told.finished);
      case '/usages':
        return redeem(response, Buffer.concat(chunks).toString());
      case '/tell':
        tell(JSON.parse(Buffer.concat(chunks).toString()) as Told);
        return answer(response, '{}');
      case '/figures':
        return answer(response, JSON.stringify(figures));
      default:
        return answer(response, told.mapped[request.url ?? ''] ?? 'not told');
    }
  });
});

function answer(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

function tell(news: Told): void {
  told = news;
  hangs = new Set(news.hangs);
  figures = noFigures();
  orders.clear();
  keys.clear();
}

/** What is told to hang takes effect, and is not answered the first time: the worst that can happen. */
function redeem(response: ServerResponse, text: string): void {
  const { orderNumber, discounts } = JSON.parse(text) as { orderNumber: string; discounts: { key: string }[] };
  const order = orders.get(orderNumber) ?? { text, calls: 0, open: 0 };
  figures.orders = orders.set(orderNumber, order).size;
  order.calls++;
  figures.calls++;
  if (order.text !== text) figures.otherText++;
  if (order.open > 0) figures.overlapping++;
  for (const { key } of discounts) {
    if (keys.has(key)) figures.repeated++;
    else figures.effects = keys.add(key).size;
  }
  order.open++;
  figures.mostOpen = Math.max(figures.mostOpen, ++open);
  response.on('close', () => {
    order.open--;
    open--;
  });
  if (hangs.has(orderNumber) && order.calls === 1) return;
  if (!hangs.has(orderNumber)) {
    figures.healthy++;
    figures.lastHealthyAt = Date.now();
  }
  response.writeHead(200, { 'content-length': 0 }).end();
}

// Longer than any pause of the bench: a connection that is closed while it is used again looks like a failure of ours.
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
