import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '../access/access.decorators.js';
import { TextAnswer } from '../http/answer.js';
import { OwnAnswer } from '../http/openapi-answers.js';
import { RouteNeeds } from '../http/route-policy.js';
import type { AppRequest } from '../observability/request-context.js';
import { AddonAddresses } from './addon-addresses.js';
import { AddonManifests } from './addon-manifests.js';
import { addonPage, ICON, PAGE_POLICY } from './addon-page.js';
import { Addons } from './addons.js';
import { ADDON_SLUGS } from './addons.config.js';
import { writtenManifest } from './manifest/manifest.js';

export const ADDON_PARAM = { name: 'addon', schema: { type: 'string', enum: [...ADDON_SLUGS] } };

/** What Clockify and the browsers of its users read of an add-on. */
@ApiTags('add-ons')
@Public()
@RouteNeeds({ rate: 'pages', isOpenWhileStarting: true })
@Controller('addons/:addon')
export class AddonPagesController {
  constructor(
    private readonly addons: Addons,
    private readonly addresses: AddonAddresses,
    private readonly manifests: AddonManifests,
  ) {}

  @Get('manifest')
  @OwnAnswer()
  @ApiOperation({
    operationId: 'getAddonManifest',
    summary: 'The manifest of an add-on, as Clockify wants it',
    description: 'At the root of a host that is the add-on, too: GET /manifest.',
  })
  @ApiParam(ADDON_PARAM)
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  manifest(@Param('addon') slug: string, @Req() request: AppRequest): TextAnswer {
    const addon = this.addons.get(slug);
    const manifest = this.manifests.of(addon, this.addresses.baseUrlOf(addon, request));
    return new TextAnswer('application/json; charset=utf-8', JSON.stringify(writtenManifest(manifest)));
  }

  @Get('icon.svg')
  @OwnAnswer()
  @ApiOperation({ operationId: 'getAddonIcon', summary: 'The icon of an add-on' })
  @ApiParam(ADDON_PARAM)
  @ApiProduces('image/svg+xml')
  @ApiOkResponse({ content: { 'image/svg+xml': { schema: { type: 'string' } } } })
  icon(@Param('addon') slug: string, @Res({ passthrough: true }) response: Response): TextAnswer {
    this.addons.get(slug);
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    response.setHeader('Cache-Control', 'public, max-age=3600');
    return new TextAnswer('image/svg+xml', ICON);
  }

  @Get('ui')
  @OwnAnswer()
  @ApiOperation({ operationId: 'getAddonPage', summary: "The page of an add-on in Clockify's frame" })
  @ApiParam(ADDON_PARAM)
  @ApiProduces('text/html')
  @ApiOkResponse({ content: { 'text/html': { schema: { type: 'string' } } } })
  page(@Param('addon') slug: string, @Res({ passthrough: true }) response: Response): TextAnswer {
    const addon = this.addons.get(slug);
    response.setHeader('Content-Security-Policy', PAGE_POLICY);
    response.removeHeader('X-Frame-Options'); // It knows no list; frame-ancestors is that list.
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    return new TextAnswer('text/html; charset=utf-8', addonPage(addon));
  }
}
