import type { SandboxHandlers } from '../sandbox-call.js';

export const fileHandlers: SandboxHandlers = {
  uploadImage(call, state) {
    const name = String(call.body['fileName'] ?? 'image.png');
    const { id } = state.add('', 'images', { name, bytes: call.body['file'] });
    return { name, url: `https://img.clockify.me/${id}/${encodeURIComponent(name)}` };
  },
};
