import { Module } from '@nestjs/common';
import { ClockifyModule } from '../integrations/clockify/clockify.module.js';
import { BootstrapLane } from './bootstrap/bootstrap-lane.js';
import { BootstrapReader } from './bootstrap/bootstrap-reader.js';
import { BootstrapRunsRepository } from './bootstrap/bootstrap-runs.repository.js';
import { BootstrapStep } from './bootstrap/bootstrap-step.js';
import { BootstrapWorker } from './bootstrap/bootstrap-worker.js';
import { BootstrapService } from './bootstrap/bootstrap.service.js';
import { BootstrapController } from './bootstrap.controller.js';
import { CatalogueEntitiesController } from './catalogue-entities.controller.js';
import { CatalogueEntitiesService } from './catalogue-entities.service.js';
import { CataloguePlaces } from './catalogue-places.js';
import { CatalogueRemoval } from './catalogue-removal.js';
import { CatalogueUpkeep } from './catalogue-upkeep.js';
import { CatalogueWorkspacesRepository } from './entities/catalogue-workspaces.repository.js';
import { EntitiesRepository } from './entities/entities.repository.js';
import { NameSnapshots } from './names/name-snapshots.js';
import { NameResolver } from './names/name-resolver.js';
import { Names } from './names/names.js';

@Module({
  imports: [ClockifyModule],
  controllers: [CatalogueEntitiesController, BootstrapController],
  providers: [
    EntitiesRepository,
    CatalogueWorkspacesRepository,
    { provide: Names, useClass: NameSnapshots },
    NameResolver,
    BootstrapRunsRepository,
    BootstrapLane,
    BootstrapReader,
    BootstrapStep,
    BootstrapService,
    BootstrapWorker,
    CataloguePlaces,
    CatalogueEntitiesService,
    CatalogueRemoval,
    CatalogueUpkeep,
  ],
  exports: [
    CatalogueRemoval,
    Names,
    NameResolver,
    BootstrapService,
    EntitiesRepository,
    CatalogueWorkspacesRepository,
  ],
})
export class CatalogueModule {}
