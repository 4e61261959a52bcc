import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { SlackFileUpload } from './slack-file-upload.js';
import { SlackClient } from './slack.client.js';
import { SlackIntegration } from './slack.integration.js';

@Module({
  imports: [HttpModule],
  providers: [SlackClient, SlackFileUpload, SlackIntegration],
  exports: [SlackIntegration],
})
export class SlackModule {}
