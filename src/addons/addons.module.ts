import { Module } from '@nestjs/common';
import { AddonAddresses } from './addon-addresses.js';
import { AddonManifests } from './addon-manifests.js';
import { AddonPagesController } from './addon-pages.controller.js';
import { Addons } from './addons.js';

@Module({
  controllers: [AddonPagesController],
  providers: [Addons, AddonAddresses, AddonManifests],
  exports: [AddonAddresses],
})
export class AddonsModule {}
