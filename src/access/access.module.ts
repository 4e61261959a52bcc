import { type DynamicModule, Module } from '@nestjs/common';
import { AccessMode } from './access-mode.js';
import { ACCESS_OPTIONS, type AccessOptions } from './access-options.js';
import { AccessRules } from './access-rules.js';
import { ApiKeysController } from './api-keys.controller.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { ApiKeysService } from './api-keys.service.js';
import { IdentifyGuard } from './identify.guard.js';
import { KEY_NOTICE, printKeyNotice } from './key-notice.js';
import { KeyRing } from './key-ring.js';
import { KeyUses } from './key-uses.js';
import { ManagedKeys } from './managed-keys.js';
import { OpenAccess } from './open-access.js';
import { RoleGuard } from './role.guard.js';

@Module({})
export class AccessModule {
  static forRoot(options: AccessOptions): DynamicModule {
    return {
      module: AccessModule,
      global: true,
      controllers: [ApiKeysController],
      providers: [
        { provide: ACCESS_OPTIONS, useValue: options },
        { provide: KEY_NOTICE, useValue: printKeyNotice },
        AccessMode,
        AccessRules,
        ApiKeysRepository,
        ApiKeysService,
        IdentifyGuard,
        KeyRing,
        KeyUses,
        ManagedKeys,
        OpenAccess,
        RoleGuard,
      ],
      exports: [AccessMode, IdentifyGuard, KeyRing, OpenAccess, RoleGuard],
    };
  }
}
