import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { EventsModule } from '../events/events.module.js';
import { CatalogueEvents } from './catalogue-events.js';

@Module({ imports: [CatalogueModule, EventsModule], providers: [CatalogueEvents] })
export class FreshnessModule {}
