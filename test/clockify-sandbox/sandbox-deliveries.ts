import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Entity, type Fields, listOf, textOf } from './sandbox-entity.js';
import type { SandboxState } from './sandbox-state.js';

export type DeliveryStatus = 'SUCCEEDED' | 'RETRYING' | 'FAILED';

/** One event on its way to one webhook. */
export interface Delivery extends Fields {
  id: string;
  webhookId: string;
  workspaceId: string;
  webhookEvent: string;
  status: DeliveryStatus;
  retryCount: number;
  createdAt: string;
  updatedAt: string;
}

/** One attempt at a delivery and what came back. */
export interface DeliveryLog extends Fields {
  id: string;
  webhookId: string;
  webhookEventStatusId: string;
  requestBody: string;
  responseBody: string;
  statusCode: number;
  respondedAt: string;
}

const KEPT_MS = 7 * 24 * 3600 * 1000;
const ATTEMPT_TIMEOUT_MS = 5000;
const LONGEST_KEPT_BODY = 2000;

/** Which field of an event says what a webhook's trigger sources are compared with. */
const SOURCE_FIELDS: Readonly<Record<string, string>> = {
  PROJECT_ID: 'projectId',
  USER_ID: 'userId',
  TASK_ID: 'taskId',
  ASSIGNMENT_ID: 'assignmentId',
  EXPENSE_ID: 'expenseId',
};

/** Sends events to the webhooks that want them, repeats what fails, and keeps the ledger for seven days. */
export class SandboxDeliveries {
  readonly #deliveries: Delivery[] = [];
  readonly #logs: DeliveryLog[] = [];
  #pending = new Set<Promise<void>>();
  #stopping = new AbortController();

  constructor(
    private readonly state: () => SandboxState,
    private readonly retryDelaysMs: readonly number[],
  ) {}

  /** Every event of a workspace passes here; most find no webhook. */
  publish(workspaceId: string, event: string, payload: Fields): void {
    for (const webhook of this.state().all(workspaceId, 'webhooks').values()) {
      if (webhook['webhookEvent'] !== event || webhook['enabled'] !== true || !isTriggered(webhook, payload))
        continue;
      const work = this.#deliver(webhook, JSON.stringify(payload)).finally(() => this.#pending.delete(work));
      this.#pending.add(work);
    }
  }

  /** Resolves when nothing is under way any more, waits for repetitions included. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Newest first, of the last seven days. */
  deliveries(webhookId: string): Delivery[] {
    return this.#deliveries.filter((d) => d.webhookId === webhookId && this.#isKept(d.createdAt)).reverse();
  }

  /** Oldest first, of the last seven days. */
  logs(webhookId: string): DeliveryLog[] {
    return this.#logs.filter((log) => log.webhookId === webhookId && this.#isKept(log.respondedAt));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.settled();
    this.#stopping = new AbortController();
  }

  clear(): void {
    this.#deliveries.length = 0;
    this.#logs.length = 0;
  }

  #isKept(at: string): boolean {
    return Date.parse(at) > this.state().clock.nowMs() - KEPT_MS;
  }

  async #deliver(webhook: Entity, body: string): Promise<void> {
    const now = this.state().now();
    const delivery: Delivery = {
      id: this.state().newId(),
      webhookId: webhook.id,
      workspaceId: String(webhook['workspaceId']),
      webhookEvent: String(webhook['webhookEvent']),
      status: 'RETRYING',
      retryCount: 0,
      createdAt: now,
      updatedAt: now,
    };
    this.#deliveries.push(delivery);
    const waits = [...this.retryDelaysMs, undefined];
    for (const waitMs of waits) {
      const isDone = await this.#attempt(webhook, delivery, body);
      delivery.updatedAt = this.state().now();
      delivery.status = isDone ? 'SUCCEEDED' : waitMs === undefined ? 'FAILED' : 'RETRYING';
      if (isDone || waitMs === undefined || this.#stopping.signal.aborted) return;
      await delay(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined); // Stopped: no more.
      if (this.#stopping.signal.aborted) return;
      delivery.retryCount += 1;
    }
  }

  async #attempt(webhook: Entity, delivery: Delivery, body: string): Promise<boolean> {
    const { status, text } = await this.#send(webhook, body);
    this.#logs.push({
      id: this.state().newId(),
      webhookId: webhook.id,
      webhookEventStatusId: delivery.id,
      requestBody: body,
      responseBody: text.slice(0, LONGEST_KEPT_BODY),
      statusCode: status,
      respondedAt: this.state().now(),
    });
    return status >= 200 && status < 300;
  }

  async #send(webhook: Entity, body: string): Promise<{ status: number; text: string }> {
    const url = String(webhook['url']);
    if (!isLoopback(url)) return { status: 0, text: 'The sandbox delivers to this machine only' };
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]);
    const headers = {
      'content-type': 'application/json',
      'clockify-signature': String(webhook['authToken']),
      'clockify-webhook-event-type': String(webhook['webhookEvent']),
    };
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      return { status: 0, text: (error as Error).message };
    }
  }
}

function isTriggered(webhook: Entity, payload: Fields): boolean {
  const sources = listOf(webhook['triggerSource']).map(String);
  const type = textOf(webhook['triggerSourceType']) ?? 'WORKSPACE_ID';
  if (type === 'WORKSPACE_ID' || sources.length === 0) return true;
  const tags = type === 'TAG_ID' ? listOf(payload['tagIds']) : [];
  const own = [payload[SOURCE_FIELDS[type] ?? 'id'], payload['id'], ...tags];
  return own.some((id) => typeof id === 'string' && sources.includes(id));
}

function isLoopback(url: string): boolean {
  const hostname = URL.parse(url)?.hostname ?? '';
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  );
}
