import { Module } from '@nestjs/common';
import { IntegrationsModule } from '../integrations/integrations.module.js';
import { SecretDestinations } from './secret-destinations.js';
import { SecretOpener } from './secret-opener.js';
import { SecretResealer } from './secret-resealer.js';
import { SecretUsers } from './secret-users.js';
import { SecretUses } from './secret-uses.js';
import { SecretViews } from './secret-views.js';
import { SecretsController } from './secrets.controller.js';
import { SecretsRepository } from './secrets.repository.js';
import { SecretsService } from './secrets.service.js';

@Module({
  imports: [IntegrationsModule],
  controllers: [SecretsController],
  providers: [
    SecretsRepository,
    SecretDestinations,
    SecretUsers,
    SecretUses,
    SecretOpener,
    SecretResealer,
    SecretViews,
    SecretsService,
  ],
  exports: [SecretOpener, SecretsService, SecretUsers],
})
export class SecretsModule {}
