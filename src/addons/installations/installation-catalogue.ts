import { Injectable, type OnModuleInit } from '@nestjs/common';
import { CatalogueRemoval } from '../../catalogue/catalogue-removal.js';
import { accountOf } from './installation-accounts.js';
import { InstallationRows } from './installation-rows.js';

/** Has the catalogue of an installation go with it. */
@Injectable()
export class InstallationCatalogue implements OnModuleInit {
  constructor(
    private readonly rows: InstallationRows,
    private readonly catalogue: CatalogueRemoval,
  ) {}

  onModuleInit(): void {
    this.rows.register({
      tables: this.catalogue.tables,
      remove: (transaction, key) =>
        this.catalogue.remove(transaction, { account: accountOf(key), workspaceId: key.workspaceId }),
    });
  }
}
