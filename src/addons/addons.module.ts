import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { HttpModule } from '../http/http.module.js';
import { ClockifyModule } from '../integrations/clockify/clockify.module.js';
import { SourcesModule } from '../sources/sources.module.js';
import { ThrottlingModule } from '../throttling/throttling.module.js';
import { AddonAddresses } from './addon-addresses.js';
import { AddonManifests } from './addon-manifests.js';
import { AddonPagesController } from './addon-pages.controller.js';
import { Addons } from './addons.js';
import { AddonMetrics } from './addon-metrics.js';
import { AddonDeliveries } from './deliveries/addon-deliveries.js';
import { AddonDeliveriesController } from './deliveries/addon-deliveries.controller.js';
import { AddonDeliveryGuard } from './deliveries/addon-delivery.guard.js';
import { AddonDeliveryProof } from './deliveries/addon-delivery-proof.js';
import { AddonEventRows } from './deliveries/addon-event-rows.js';
import { AddonSources } from './deliveries/addon.source.js';
import { HeldDeliveries, HeldTools } from './deliveries/held-deliveries.js';
import { HeldDeliveriesRepository } from './deliveries/held-deliveries.repository.js';
import { KnownInstallations } from './deliveries/known-installations.js';
import { InstallationAccounts } from './installations/installation-accounts.js';
import { InstallationCatalogue } from './installations/installation-catalogue.js';
import { InstallationHosts } from './installations/installation-hosts.js';
import { InstallationRows } from './installations/installation-rows.js';
import { InstallationTokens } from './installations/installation-tokens.js';
import { InstallationsRepository } from './installations/installations.repository.js';
import { LifecycleController } from './lifecycle/lifecycle.controller.js';
import { LifecycleDoor, LifecycleGuard } from './lifecycle/lifecycle.guard.js';
import { LifecycleProof } from './lifecycle/lifecycle-proof.js';
import { InstallationTools, LifecycleService } from './lifecycle/lifecycle.service.js';

@Module({
  imports: [HttpModule, ClockifyModule, CatalogueModule, SourcesModule, ThrottlingModule],
  controllers: [AddonPagesController, LifecycleController, AddonDeliveriesController],
  providers: [
    Addons,
    AddonAddresses,
    AddonManifests,
    InstallationRows,
    InstallationsRepository,
    InstallationTokens,
    InstallationHosts,
    InstallationAccounts,
    InstallationCatalogue,
    InstallationTools,
    LifecycleProof,
    LifecycleDoor,
    LifecycleGuard,
    LifecycleService,
    AddonMetrics,
    AddonSources,
    AddonEventRows,
    KnownInstallations,
    AddonDeliveryProof,
    AddonDeliveryGuard,
    HeldDeliveriesRepository,
    HeldTools,
    HeldDeliveries,
    AddonDeliveries,
  ],
  exports: [AddonAddresses, InstallationRows],
})
export class AddonsModule {}
