import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileKind } from '../../webchat/src/messages/attachment.js';
import { contactLink } from '../../webchat/src/messages/contact.js';
import { vimeoFilm, youtubeFilm } from '../../webchat/src/messages/films.js';
import { mediaUrl, safeLink, safeUrl } from '../../webchat/src/messages/links.js';
import { placeOf } from '../../webchat/src/messages/location.js';
import { BUTTON_KEYS, buttonRules } from '../../webchat/src/messages/look.js';
import { isEmoji } from '../../webchat/src/messages/text.js';
import { hintsOf, labelOf, objectsOf, textOf } from '../../webchat/src/messages/values.js';
import { propertyName } from '../../webchat/src/view/dom.js';
import { sizeOf } from '../../webchat/src/view/size.js';

const hints = (...pairs) => [{ type: 'Webchat', metadata: pairs.map(([key, value]) => ({ key, value })) }];

test('a film is known in every form of its address', () => {
  const player = 'https://www.youtube-nocookie.com/embed/x1245b?autoplay=1&rel=0';
  [
    'https://youtube.com/embed/x1245b', 'https://youtube.com/watch?v=x1245b', 'https://m.youtube.com/watch?v=x1245b',
    'https://youtu.be/watch?v=x1245b', 'https://youtu.be/x1245b?t=9', 'www.youtube.com/shorts/x1245b/',
  ].forEach((url) => assert.equal(youtubeFilm(url).player, player, url));
  assert.match(youtubeFilm('https://youtube.com/playlist?list=PL_12').player, /embed\/videoseries\?list=PL_12&/);
  ['https://player.vimeo.com/video/12345678', 'https://vimeo.com/12345678', 'player.vimeo.com/video/12345678']
    .forEach((url) => assert.equal(vimeoFilm(url).player, 'https://player.vimeo.com/video/12345678?autoplay=1&dnt=1'));
  assert.match(vimeoFilm('https://vimeo.com/12345678/0123abcdef').player, /\?h=0123abcdef&/);
});

test('another address is no film', () => {
  ['https://youtube.com.evil.example/embed/x1245b', 'https://evil.example/embed/x1245b', 'javascript:1', 7, null,
    'https://youtube.com/watch?v=../x', 'https://youtube.com/', 'https://youtu.be/a/b']
    .forEach((url) => assert.equal(youtubeFilm(url), null, url));
  ['https://evilvimeo.com/12345678', 'https://vimeo.com/about', {}, '']
    .forEach((url) => assert.equal(vimeoFilm(url), null));
});

test('media come encrypted, or from the own server', () => {
  const config = { engineEndpoint: 'http://127.0.0.1:8000/engine' };
  assert.equal(mediaUrl('https://a.example/x.png', config), 'https://a.example/x.png');
  assert.equal(mediaUrl('http://127.0.0.1:8000/x.png', config), 'http://127.0.0.1:8000/x.png');
  assert.equal(mediaUrl('http://127.0.0.1:8001/x.png', config), '');
  assert.equal(mediaUrl('http://a.example/x.png', { engineEndpoint: '' }), '');
});

test('an address that is read in two ways is none', () => {
  ['https://a.example@evil.example/', 'https://a b/', 'https://a.example\\@b/', 'https://a.example/"x']
    .forEach((url) => assert.equal(safeUrl(url), '', url));
});

test('a link may also write a mail or call', () => {
  assert.equal(safeLink(' mailto:a@b.example '), 'mailto:a@b.example');
  assert.equal(safeLink('TEL:+49123'), 'TEL:+49123');
  assert.equal(safeLink('https://a.example/'), 'https://a.example/');
  ['sms:1', 'mailto:', 'mailto:a b', 'javascript:1', null].forEach((url) => assert.equal(safeLink(url), ''));
});

test('a contact can be written to and called', () => {
  assert.equal(contactLink('phone;cell', '+1 (416) 555-0001'), 'tel:+14165550001');
  assert.equal(contactLink('EMAIL;work', 'eva@a.example'), 'mailto:eva@a.example');
  assert.equal(contactLink('email', 'a@b.example?bcc=c'), 'mailto:a@b.example%3Fbcc%3Dc');
  ['*#06#', 'call me'].forEach((value) => assert.equal(contactLink('phone', value), ''));
  assert.equal(contactLink('', 'eva@a.example'), '');
});

test('coordinates decide, and the address is what people read', () => {
  const place = placeOf({ address: 'Main & 2nd', latitude: 43.5, longitude: '-79.25' });
  assert.deepEqual(place, {
    text: 'Main & 2nd', url: 'https://www.openstreetmap.org/?mlat=43.5&mlon=-79.25#map=16/43.5/-79.25',
  });
  assert.equal(placeOf({ latitude: 0, longitude: 0 }).text, '0.00000, 0.00000');
  assert.equal(placeOf({ address: 'a&b=c' }).url, 'https://www.openstreetmap.org/search?query=a%26b%3Dc');
  [{}, { latitude: 91, longitude: 0 }, { latitude: 1 }, { latitude: [], longitude: {} }]
    .forEach((message) => assert.equal(placeOf(message), null));
});

test('a few emoji are larger, words and numbers are not', () => {
  ['👋', '👨‍👩‍👧 ❤️', '🇨🇦🇯🇵', '👍🏽', '1️⃣'].forEach((text) => assert.equal(isEmoji(text), true, text));
  ['1', '#', 'ok 👋', '', '👋'.repeat(30)].forEach((text) => assert.equal(isEmoji(text), false, text));
});

test('hints for the web chat are read in any case, and those of a list hold for its entries', () => {
  const given = hints(['Caption-Show', 'TRUE'], ['caption-color', 'white'], ['type', 'Danger']);
  const all = { hasCaption: true, captionColor: 'white', tone: 'danger' };
  assert.deepEqual(hintsOf({ channels: given }), all);
  assert.deepEqual(hintsOf({}, all), { ...all, tone: '' });
  assert.equal(hintsOf({ channels: hints(['caption-show', 'false']) }, all).hasCaption, false);
  assert.deepEqual(hintsOf({ channels: [{ type: 'Line', metadata: given[0].metadata }] }).tone, '');
  ['var(--x)', 'url(https://a.example)', 'red;x', 7].forEach((color) => {
    assert.equal(hintsOf({ channels: hints(['caption-color', color]) }).captionColor, '');
  });
});

test('what is no text is none', () => {
  [null, undefined, true, {}, [], NaN, Infinity, '  '].forEach((value) => assert.equal(textOf(value), ''));
  assert.equal(textOf(0), '0');
  assert.equal(labelOf(' a\u202eb\u0000\nc '), 'a b c');
  assert.deepEqual(objectsOf([null, 1, 'x', [], { a: 1 }]), [{ a: 1 }]);
  assert.deepEqual(objectsOf({ length: 1, 0: {} }), []);
});

test('a kind of file is named when it is short', () => {
  assert.equal(fileKind('application/pdf'), 'PDF');
  assert.equal(fileKind('text/csv; charset=utf-8'), 'CSV');
  assert.equal(fileKind('application/vnd.oasis.opendocument.text'), '');
  assert.equal(fileKind(null), '');
});

test('where the type says nothing to people, the ending of the name does', () => {
  assert.equal(fileKind('application/vnd.oasis.opendocument.text', 'offer.odt'), 'ODT');
  assert.equal(fileKind('text/plain', 'notes.txt'), 'TXT');
  assert.equal(fileKind('text/plain', 'notes'), '');
  assert.equal(fileKind('application/pdf', 'report.final'), 'PDF');
  assert.equal(fileKind(undefined, 'Offer No. 12 from us'), '');
});

test('office documents have the names that people know', () => {
  const kinds = {
    'application/msword': 'Word', 'application/vnd.ms-excel': 'Excel', 'application/vnd.ms-powerpoint': 'PowerPoint',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Word',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Excel',
    'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'PowerPoint',
  };
  Object.entries(kinds).forEach(([type, kind]) => assert.equal(fileKind(type, 'a.bin'), kind));
});

test('sizes are told in the units of the language', () => {
  assert.equal(sizeOf(1), '1 KB');
  assert.equal(sizeOf(48213), '47 KB');
  assert.equal(sizeOf(2.55 * 1024 * 1024), '2.6 MB');
});

test('styles of buttons become rules, the hover ones too', () => {
  const style = { color: 'red' };
  const styles = Object.fromEntries(BUTTON_KEYS.map((key) => [key, { info: style, infoHover: style, other: style }]));
  assert.deepEqual(buttonRules(styles).slice(0, 2), [
    { selector: '.action.buttons.info', styles: style },
    { selector: '.action.buttons.info:hover', styles: { boxShadow: 'none', color: 'red' } },
  ]);
  assert.equal(buttonRules(styles).length, 10);
  [null, 7, 'x', { buttons: null }, { buttons: { info: 'red' } }]
    .forEach((wrong) => assert.deepEqual(buttonRules(wrong), []));
});

test('names of properties may have capitals or hyphens', () => {
  assert.equal(propertyName('backgroundColor'), 'background-color');
  assert.equal(propertyName('z-index'), 'z-index');
  assert.equal(propertyName('WebkitTextFillColor'), '-webkit-text-fill-color');
  assert.equal(propertyName('--myColor'), '--myColor');
});
