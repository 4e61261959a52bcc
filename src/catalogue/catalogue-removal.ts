import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import type { Tables } from '../storage/database.js';
import type { CataloguePlace } from './entities/catalogue.tables.js';

/** Takes away all that the catalogue has of a place; a run that is under way finds itself over. */
@Injectable()
export class CatalogueRemoval {
  readonly tables = ['catalogue_operations', 'catalogue_runs', 'catalogue_entities', 'catalogue_workspaces'];

  /** The operations of runs go with them. */
  async remove(transaction: Transaction<Tables>, { account, workspaceId }: CataloguePlace): Promise<void> {
    for (const table of ['catalogue_runs', 'catalogue_entities', 'catalogue_workspaces'] as const)
      await transaction
        .deleteFrom(table)
        .where('account', '=', account)
        .where('workspace_id', '=', workspaceId)
        .execute();
  }
}
