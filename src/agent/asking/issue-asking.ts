import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { Tables } from '../../storage/database.js';
import { type TaskText, textAtTrigger } from '../reading/text-at-trigger.js';
import { mayAsk } from '../reading/who-may-ask.js';
import { type NewTask, taskKey } from '../tasks/new-task.js';
import { TaskQueue } from '../tasks/task-queue.js';
import { type AskingSettings, priorityOf } from './asking-settings.js';
import { type GithubIssue, GithubReader, type Repository, repositoryOf } from './github-reader.js';
import { type LabelOccasion, labelOccasion } from './label-occasion.js';

export interface AskedIssue {
  /** As `owner/name`. */
  repository: string;
  number: number;
  /** As a delivery had it, which is as it stood when it was asked for; read from GitHub without. */
  issue?: GithubIssue;
}

/** A task to be put in line, or why there is none. */
export type Asking = { task: NewTask } | { known: string } | { ignored: string };

const MOST_AUTHORS = 20;

/**
 * Makes a task of a labelled issue, by whatever way it was heard of. Promises one task for each time that somebody who may
 * write has put the label on, with what people who may write had written by then.
 */
@Injectable()
export class IssueAsking {
  constructor(
    private readonly github: GithubReader,
    private readonly queue: TaskQueue,
    private readonly settings: AskingSettings,
  ) {}

  /** Whether a label is the one by which people ask. */
  isAsking(label: string): boolean {
    return label.toLowerCase() === this.settings.label.toLowerCase();
  }

  /** Reads only. What it answers is put in line by `enqueue`, in a transaction of the caller's where he has one. */
  async read(asked: AskedIssue): Promise<Asking> {
    if (!this.#isOurs(asked.repository)) return { ignored: 'the repository is not one of ours' };
    const place = repositoryOf(asked.repository);
    const issue = asked.issue ?? (await this.github.issue(place, asked.number));
    const reason = whyNot(issue, this.settings.label);
    if (reason !== undefined) return { ignored: reason };
    const occasion = labelOccasion(await this.github.eventsOf(place, asked.number), this.settings.label);
    if (!occasion) return { ignored: 'the label is not on any more' };
    return this.#askFor(asked, { place, issue, occasion });
  }

  enqueue(task: NewTask, transaction?: Transaction<Tables>): Promise<{ id: string; isNew: boolean }> {
    return this.queue.enqueue(task, transaction);
  }

  #isOurs(repository: string): boolean {
    return this.settings.repositories.some((ours) => ours.toLowerCase() === repository.toLowerCase());
  }

  async #askFor(asked: AskedIssue, found: Found): Promise<Asking> {
    const { place, issue, occasion } = found;
    const { id, full_name } = await this.github.repository(place);
    const head = {
      repositoryId: id,
      repository: full_name,
      subject: 'issue' as const,
      number: asked.number,
      occasion: `labeled:${occasion.eventId}`,
      actor: { id: occasion.actor.id, login: occasion.actor.login },
    };
    const known = await this.queue.known(taskKey(head));
    if (known !== undefined) return { known };
    const answer = mayAsk(
      occasion.actor,
      await this.#permissionOf(place, occasion.actor.login),
      this.settings,
    );
    if (!answer.may) return { ignored: `${occasion.actor.login} ${answer.reason}` };
    const text = await this.#textOf(found);
    const labels = namesOf(issue);
    return {
      task: { ...head, priority: priorityOf(labels, this.settings.priorities), request: { ...text, labels } },
    };
  }

  /** Bots are asked about by their number alone, and GitHub knows no permission of theirs. */
  #permissionOf(place: Repository, login: string): ReturnType<GithubReader['permissionOf']> {
    return login.includes('[') ? Promise.resolve(null) : this.github.permissionOf(place, login);
  }

  async #textOf({ place, issue, occasion }: Found): Promise<TaskText> {
    const comments = await this.github.commentsOf(place, issue.number);
    const authors = new Map(comments.flatMap(({ user }) => (user ? [[user.id, user] as const] : [])));
    const heardIds = new Set<number>();
    for (const author of [...authors.values()].slice(-MOST_AUTHORS)) {
      const permission = await this.#permissionOf(place, author.login);
      if (mayAsk(author, permission, this.settings).may) heardIds.add(author.id);
    }
    return textAtTrigger({
      title: occasion.formerTitle ?? issue.title,
      body: issue.body ?? null,
      triggeredAt: occasion.at,
      heardIds,
      comments: comments.map(({ user, body, created_at, updated_at }) => ({
        authorId: user?.id ?? 0,
        body: body ?? null,
        createdAt: new Date(created_at),
        updatedAt: new Date(updated_at),
      })),
    });
  }
}

interface Found {
  place: Repository;
  issue: GithubIssue;
  occasion: LabelOccasion;
}

function whyNot(issue: GithubIssue, label: string): string | undefined {
  if (issue.pull_request) return 'it is a pull request';
  if (issue.state !== 'open') return 'it is closed';
  const isLabelled = namesOf(issue).some((name) => name.toLowerCase() === label.toLowerCase());
  return isLabelled ? undefined : 'it does not have the label';
}

function namesOf({ labels }: GithubIssue): string[] {
  return labels.map((label) => (typeof label === 'string' ? label : (label.name ?? '')));
}
