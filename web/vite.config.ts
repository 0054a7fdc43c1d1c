import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const STATIC = at('../static');

/** Puts the server's content security policy into the document too, for hosts whose headers one cannot set. */
function policy(): Plugin {
  const content = readFileSync(at('csp.txt'), 'utf8').trim();
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content }, injectTo: 'head-prepend' },
    ],
  };
}

/** Folders of static/ whose files the page needs without a network; model files are kept by their hash instead. */
const OFFLINE = /^(?:demo|lessons|stage)\/.*\.json$|^facts\/catalogue\.json$|^model\/manifest\.json$/;

/** Writes the service worker with the names of what it is to keep; its version is the hash of their contents. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_, bundle) {
      const hash = createHash('sha256');
      const files: string[] = [];
      const add = (name: string, contents: string | Uint8Array): void => {
        files.push(name);
        hash.update(name).update('\0').update(contents).update('\0');
      };
      for (const [name, output] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
        // Which of the modules a browser needs is known once it has one.
        if (!name.endsWith('.zst')) add(name, output.type === 'chunk' ? output.code : output.source);
      }
      for (const name of readdirSync(STATIC, { recursive: true, encoding: 'utf8' }).sort()) {
        const path = name.replaceAll('\\', '/');
        if (OFFLINE.test(path) && statSync(join(STATIC, name)).isFile()) add(path, readFileSync(join(STATIC, name)));
      }
      const version = hash.digest('hex').slice(0, 16);
      const shell = ['./', ...files.filter((name) => name !== 'index.html')];
      const source = readFileSync(at('src/offline/service-worker.js'), 'utf8')
        .replace("'%VERSION%'", JSON.stringify(version))
        .replace("['%FILES%']", JSON.stringify(shell));
      this.emitFile({ type: 'asset', fileName: 'offline.js', source });
    },
  };
}

/** Faces that no formula of the page uses; of the others one format is enough, as every browser with WebAssembly SIMD reads WOFF2. */
const UNUSED_FACES =
  /@font-face\{[^}]*KaTeX_(?:AMS|Caligraphic|Fraktur|SansSerif|Script|Typewriter|Main-Bold|Main-Italic|Math-Bold)[^}]*\}/g;
const OTHER_FORMATS = /,url\([^)]*\) ?format\("(?:woff|truetype)"\)/g;

/** Leaves KaTeX's style sheet the fonts that are used, so that no visitor stores the others for reading offline. */
function formulaFonts(): Plugin {
  return {
    name: 'formula-fonts',
    enforce: 'pre',
    transform: (css, id) =>
      /katex\.min\.css/.test(id) ? css.replace(UNUSED_FACES, '').replace(OTHER_FORMATS, '') : undefined,
  };
}

const bytesOf = (path: string): number => (existsSync(at(path)) ? statSync(at(path)).size : 0);

export default defineConfig({
  // Relative addresses, so that the folder works wherever it is put.
  base: './',
  publicDir: STATIC,
  plugins: [svelte(), formulaFonts(), policy(), serviceWorker()],
  assetsInclude: ['**/*.zst'],
  define: {
    BUILTIN: JSON.stringify(existsSync(join(STATIC, 'model/manifest.json'))),
    MODULE_BYTES: JSON.stringify({
      cpu: bytesOf('src/engine/pkg/cpu/langedit_bg.wasm.zst'),
      webgpu: bytesOf('src/engine/pkg/webgpu/langedit_bg.wasm.zst'),
    }),
  },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // The policy forbids inline scripts; browsers that know modules preload them without help.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
  },
});
