import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { addressesOfMachine, AddressGuard, OWN_ADDRESSES, RESOLVE, resolveAll } from './address-guard.js';
import { HttpRequestClient } from './http-request.client.js';
import { HttpRequestIntegration } from './http-request.integration.js';

@Module({
  imports: [HttpModule],
  providers: [
    AddressGuard,
    HttpRequestClient,
    HttpRequestIntegration,
    { provide: RESOLVE, useValue: resolveAll },
    { provide: OWN_ADDRESSES, useValue: addressesOfMachine },
  ],
  exports: [HttpRequestIntegration],
})
export class HttpRequestModule {}
