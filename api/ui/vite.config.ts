import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

// Fonts are read from style sheets, which no hook sees.
const FONTS = ['@fontsource/noto-naskh-arabic', '@fontsource/noto-nastaliq-urdu'];

/** Writes the licences of the packages whose code or fonts are in the build into licences.txt. */
function licences(): Plugin {
  const packages = new Set<string>(FONTS);
  const ofPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\//;
  return {
    name: 'licences',
    load(id) {
      const name = ofPackage.exec(id)?.[1];
      if (name !== undefined) packages.add(name);
    },
    generateBundle() {
      const texts = [...packages].sort().map((name) => {
        const folder = join(import.meta.dirname, 'node_modules', name);
        const facts = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
          version: string;
          license: string;
        };
        const file =
          existsSync(folder) && readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
        const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
        return `${name} ${facts.version} (${facts.license})\n\n${text}\n`;
      });
      this.emitFile({
        type: 'asset',
        fileName: 'licences.txt',
        source: texts.join(`\n${'-'.repeat(72)}\n\n`),
      });
    },
  };
}

export default defineConfig({
  plugins: [svelte(), licences()],
  build: {
    outDir: '../page',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the policy of the page loads nothing from data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 600,
  },
  worker: { format: 'es' },
  server: { proxy: { '/api': process.env['FOOTAGE_API'] ?? 'http://127.0.0.1:8960' } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0]);
