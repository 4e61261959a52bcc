import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Public } from '../access/access.decorators.js';
import { AppError } from '../errors/app-error.js';
import { RouteNeeds } from '../http/route-policy.js';
import { ApiDocument } from './api-document.js';
import { DocsPages } from './docs-pages.js';
import { sendPage } from './stored-page.js';

/** `/docs` for people, `/openapi.json` and `/openapi.yaml` for programs. */
@ApiExcludeController()
@Public()
@RouteNeeds({ rate: 'pages', isOpenWhileStarting: true })
@Controller()
export class DocsController {
  constructor(
    private readonly document: ApiDocument,
    private readonly pages: DocsPages,
  ) {}

  @Get('openapi.json')
  async json(@Req() request: Request, @Res() response: Response): Promise<void> {
    sendPage(await this.document.json(), request, response);
  }

  @Get('openapi.yaml')
  async yaml(@Req() request: Request, @Res() response: Response): Promise<void> {
    sendPage(await this.document.yaml(), request, response);
  }

  @Get('docs')
  @RouteNeeds({ isPage: true })
  async page(@Req() request: Request, @Res() response: Response): Promise<void> {
    sendPage(await this.pages.html(request.path.endsWith('/') ? './' : './docs/'), request, response);
  }

  @Get('docs/:file')
  @RouteNeeds({ isPage: true })
  async file(@Param('file') name: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    const page = await this.pages.find(name);
    if (page === undefined) throw new AppError('not_found', 'The documentation has no such page');
    sendPage(page, request, response);
  }
}
