import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

/** Puts the server's content security policy into the document too, for hosts whose headers one cannot set. */
function policy(): Plugin {
  const content = readFileSync(new URL('csp.txt', import.meta.url), 'utf8').trim();
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [{ tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content }, injectTo: 'head-prepend' }],
  };
}

export default defineConfig({
  // Relative addresses, so that the folder works wherever it is put.
  base: './',
  publicDir: '../static',
  plugins: [svelte(), policy()],
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // The policy forbids inline scripts; browsers that know modules preload them without help.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
  },
});
