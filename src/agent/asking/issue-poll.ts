import { Injectable } from '@nestjs/common';
import type { AskingSettings } from './asking-settings.js';
import { GithubReader, repositoryOf } from './github-reader.js';
import { IssueAsking } from './issue-asking.js';

/** Finds labelled issues that no webhook told of: GitHub sends each delivery once, and none while it has no hook. */
@Injectable()
export class IssuePoll {
  constructor(
    private readonly asking: IssueAsking,
    private readonly github: GithubReader,
    private readonly settings: AskingSettings,
  ) {}

  /** Returns the ids of tasks that are new. */
  async run(signal?: AbortSignal): Promise<string[]> {
    const made: string[] = [];
    for (const repository of this.settings.repositories) {
      const issues = await this.github.issuesWith(repositoryOf(repository), this.settings.label);
      for (const { number } of issues) {
        if (signal?.aborted === true) return made;
        made.push(...(await this.#ask(repository, number)));
      }
    }
    return made;
  }

  async #ask(repository: string, number: number): Promise<string[]> {
    const asking = await this.asking.read({ repository, number });
    if (!('task' in asking)) return [];
    const { id, isNew } = await this.asking.enqueue(asking.task);
    return isNew ? [id] : [];
  }
}
