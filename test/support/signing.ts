import { createHmac, generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';

export const hmacHex = (secret: string, body: string | Buffer): string =>
  createHmac('sha256', secret).update(body).digest('hex');

/** A key pair like the vendor's, and tokens signed with it. */
export function createTokenSigner() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    sign: (claims: Record<string, unknown>, expiresAt?: Date): Promise<string> => {
      const { iss = 'clockify', ...rest } = claims;
      const token = new SignJWT({ type: 'addon', ...rest })
        .setProtectedHeader({ alg: 'RS256' })
        .setIssuer(iss as string);
      return (expiresAt ? token.setExpirationTime(expiresAt) : token).sign(privateKey);
    },
  };
}
