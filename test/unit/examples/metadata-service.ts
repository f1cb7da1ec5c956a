// A metadata service as three clouds have it, on this machine: each path with the header that it wants.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOKEN = 'token-of-this-session';

export class MetadataService {
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];
  #value: unknown = null;
  #version = 0;
  /** Questions for events so far, and ids of events that were approved. */
  looks = 0;
  readonly approved: string[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<MetadataService> {
    const server = createServer((request, response) => void service.#serve(request, response));
    const service = new MetadataService(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Questions that wait for a change. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @param value null: there is no such thing (404) */
  set(value: unknown): void {
    this.#value = value;
    this.#version++;
    for (const answer of this.#waiting.splice(0)) answer();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const { headers } = request;
    const refuse = (): unknown => response.writeHead(400).end();
    switch (pathname) {
      case '/computeMetadata/v1/instance/maintenance-event':
        if (headers['metadata-flavor'] !== 'Google') return void refuse();
        if (searchParams.get('wait_for_change') === 'true' && searchParams.get('last_etag') === String(this.#version))
          await new Promise<void>((resolve) => this.#waiting.push(resolve));
        return this.#answer(response, { etag: String(this.#version) });
      case '/metadata/instance/compute/name':
        if (headers['metadata'] !== 'true') return void refuse();
        return void response.end('vm1');
      case '/metadata/scheduledevents':
        if (headers['metadata'] !== 'true') return void refuse();
        if (request.method === 'POST') {
          const { StartRequests: requests } = JSON.parse(await bodyOf(request)) as { StartRequests: { EventId: string }[] };
          this.approved.push(...requests.map(({ EventId }) => EventId));
        }
        return this.#answer(response);
      case '/latest/api/token':
        return void (request.method === 'PUT' ? response.end(TOKEN) : refuse());
      case '/latest/meta-data/events/maintenance/scheduled':
        return headers['x-aws-ec2-metadata-token'] === TOKEN ? this.#answer(response) : void response.writeHead(401).end();
      default:
        response.writeHead(404).end();
    }
  }

  #answer(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
    this.looks++;
    if (this.#value === null) return void response.writeHead(404).end();
    response.writeHead(200, headers).end(typeof this.#value === 'string' ? this.#value : JSON.stringify(this.#value));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
