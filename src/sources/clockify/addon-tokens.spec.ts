import { MovedClock } from '../../../test/support/moved-clock.js';
import { createTokenSigner } from '../../../test/support/signing.js';
import { AddonTokens } from './addon-tokens.js';
import type { WebhooksConfig } from '../sources.config.js';

const WEBHOOK = { sub: 'our-addon', workspaceId: 'w1' };

describe('tokens signed for add-ons', () => {
  const signer = createTokenSigner();
  const clock = new MovedClock();
  const tokens = new AddonTokens({ CLOCKIFY_ADDON_PUBLIC_KEY: signer.publicKeyPem } as WebhooksConfig, clock);
  const inSeconds = (seconds: number): number => Math.floor(clock.nowMs() / 1000) + seconds;

  it('are judged anew once they are valid, though they came too early', async () => {
    const token = await signer.sign({ ...WEBHOOK, nbf: inSeconds(600) });
    expect(await tokens.verify(token)).toBeUndefined();
    clock.offsetMs += 601_000;
    expect(await tokens.verify(token)).toMatchObject({ addonKey: 'our-addon' });
  });
});
