/** What a request is expected to come to, or what it came to. Everything local, names as they are called. */
export interface Slots {
  minutes?: number;
  day?: string;
  start?: string;
  end?: string;
  project?: string;
  client?: string;
  task?: string;
  tags?: readonly string[];
  description?: string;
  billable?: boolean;
  name?: string;
  archived?: boolean;
  period?: { from: string; to: string };
}

/** One line of a set of requests. `ask` means asked or refused: everything but carried out. */
export interface Request {
  id: string;
  lang: string;
  text: string;
  /** What the clock on the wall shows. */
  now: string;
  zone: string;
  locale?: string;
  expect: 'act' | 'ask';
  category?: string;
  op?: string;
  slots?: Slots;
  ok_to_ask?: boolean;
  ok_to_act?: boolean;
  dst?: boolean;
}

/** The names that requests are about. */
export interface Workspace {
  clients: readonly (string | { name: string; archived?: boolean })[];
  projects: readonly { name: string; client?: string; archived?: boolean }[];
  tasks?: Readonly<Record<string, readonly string[]>>;
  tags?: readonly (string | { name: string; archived?: boolean })[];
  users?: readonly string[];
}
