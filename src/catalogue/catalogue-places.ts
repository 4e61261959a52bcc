import { Injectable } from '@nestjs/common';
import type { Reach } from '../access/reach.js';
import { AppError } from '../errors/app-error.js';
import type { CataloguePlace } from './entities/catalogue.tables.js';
import { CatalogueWorkspacesRepository } from './entities/catalogue-workspaces.repository.js';

const TO_TELL_SEVERAL = 100;

/** Which catalogue a request is about, within what its caller may see. */
@Injectable()
export class CataloguePlaces {
  constructor(private readonly workspaces: CatalogueWorkspacesRepository) {}

  async of(
    { account, workspaceId }: { account: string; workspaceId?: string | undefined },
    reach: Reach,
  ): Promise<CataloguePlace> {
    if (workspaceId === undefined) return this.#onlyOne(account, reach);
    reach.demand('workspaces', workspaceId);
    return { account, workspaceId };
  }

  async #onlyOne(account: string, reach: Reach): Promise<CataloguePlace> {
    const rows = await this.workspaces.list({
      limit: TO_TELL_SEVERAL,
      workspaceIds: reach.within('workspaces'),
    });
    const [row, ...others] = rows.filter((known) => known.account === account);
    if (row && others.length === 0) return { account, workspaceId: row.workspace_id };
    const message = row
      ? 'is required: there are several catalogues'
      : 'is required: there is no catalogue yet';
    throw new AppError('validation_error', 'The request is not valid', {
      details: [{ path: 'workspaceId', message }],
    });
  }
}
