/** Bundles the widget into the one file that a host page loads, and prints its size. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const outfile = `${here}dist/hubster-webchat-1.0.min.js`;

/** Style sheets are minified and bundled as text, for the widget makes its own CSSStyleSheet of them. */
const minifiedCss = {
  name: 'minified-css',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true });
      return { contents: code.trim(), loader: 'text' };
    });
  },
};

await build({
  absWorkingDir: here,
  entryPoints: ['src/index.js'],
  outfile,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2019',
  charset: 'utf8',
  legalComments: 'none',
  // A leading underscore marks what is private to a class: nobody outside needs its long name.
  mangleProps: /^_[a-z]/,
  plugins: [minifiedCss],
});

const code = await readFile(outfile);
console.log(`${code.length} bytes, ${gzipSync(code, { level: 9 }).length} bytes gzip`);
