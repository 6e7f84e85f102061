/**
 * Bundles the widget: a small script that a host page loads, and the core that follows it. Prints their sizes.
 * With `--check` nothing is written: it fails when `dist` is not what the sources make.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const NAME = 'hubster-webchat-1.0';

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

/**
 * @param {string} entry
 * @param {Object} define constants to put in
 * @returns {Promise<Buffer>} the script
 */
async function bundle(entry, define = {}) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [`src/${entry}`],
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2019',
    charset: 'utf8',
    legalComments: 'none',
    // A leading underscore marks what is private to a class: nobody outside needs its long name.
    mangleProps: /^_[a-z]/,
    define,
    plugins: [minifiedCss],
  });
  return Buffer.from(outputFiles[0].contents);
}

/**
 * @param {string} file of `dist`
 * @param {Buffer} code
 */
async function keep(file, code) {
  const path = `${here}dist/${file}`;
  if (!process.argv.includes('--check')) {
    await writeFile(path, code);
  } else if (!code.equals(await readFile(path).catch(() => Buffer.alloc(0)))) {
    console.error(`webchat/dist/${file} is not what the sources make: run \`make widget\` and commit it.`);
    process.exitCode = 1;
  }
}

const hash = (algorithm, code, form) => createHash(algorithm).update(code).digest(form);
const packed = (code) => gzipSync(code, { level: 9 }).length;

const core = await bundle('core.js');
const start = await bundle('index.js', {
  __CORE__: JSON.stringify({
    // The address that the server gives to this build for ever, and the one of whatever build it has.
    file: `${NAME}.${hash('sha256', core, 'hex').slice(0, 12)}.min.js`,
    integrity: `sha384-${hash('sha384', core, 'base64')}`,
    current: `${NAME}-core.min.js`,
  }),
});
await keep(`${NAME}-core.min.js`, core);
await keep(`${NAME}.min.js`, start);
console.log(`${packed(start)} bytes gzip until the button is there (${start.length} plain)`);
console.log(`${packed(core)} bytes gzip when the chat is opened (${core.length} plain)`);
console.log(`${packed(start) + packed(core)} bytes gzip in all`);
