import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import { ApiError } from '../../webchat/src/api.js';
import { fileRefusal, messageRefusal, reasonOf } from '../../webchat/src/refusal.js';
import { strings, useLanguage } from '../../webchat/src/strings.js';
import { languages } from '../../webchat/src/strings/index.js';

const TEXT = "Property 'message.text': String should have at most 20000 characters. (code: ENG000207)";
const NUMBERS = [undefined, 100, 102, 106, 201, 202, 206, 207, 2001, 2002, 5000, 5002, 5500, 5501, 6000, 6500, 6501, 6502, 6503,
  8500, 9299, 123456];
const STATUSES = [400, 401, 403, 404, 409, 413, 417, 429, 500, 503, 507];

const refused = (status, code) => new ApiError(status, { code, description: TEXT });

mock.method(console, 'debug', () => {});
afterEach(() => useLanguage([]));

test('whatever the service says, visitors read sentences of their language only', () => {
  Object.keys(languages).forEach((code) => {
    useLanguage([code]);
    const own = new Set(Object.values(languages[code]));
    STATUSES.flatMap((status) => NUMBERS.map((number) => refused(status, number))).forEach((error) => {
      const reason = reasonOf(error);
      [messageRefusal(reason), fileRefusal(reason)].forEach((said) => assert.ok(own.has(said), `${code}: ${said}`));
    });
  });
});

test('the sentence names what the visitor can do', () => {
  const reasons = new Map([
    [refused(400, 207), [strings.messageTooLong, strings.fileTooLarge]],
    [refused(413), [strings.messageTooLong, strings.fileTooLarge]],
    [refused(400, 5501), [strings.nobodyAnswers, strings.nobodyAnswers]],
    [refused(400, 6503), [strings.nobodyAnswers, strings.nobodyAnswers]],
    [refused(400, 5000), [strings.messageRefused, strings.fileRefused]],
    [refused(409, 106), [strings.messageRefused, strings.fileRefused]],
    [refused(429, 107), [strings.messageRefused, strings.tooManyFiles]],
    [refused(507), [strings.messageRefused, strings.noRoomForFiles]],
  ]);
  reasons.forEach((said, error) => {
    const reason = reasonOf(error);
    assert.deepEqual([messageRefusal(reason), fileRefusal(reason)], said, `${error.status} ${error.code}`);
  });
});

test('a page whose token is refused is told that the chat is not for it', () => {
  const ofToken = (status) => Object.assign(refused(status), { concernsToken: true });
  assert.equal(messageRefusal(reasonOf(ofToken(403))), strings.notAllowed);
  assert.equal(messageRefusal(reasonOf(ofToken(404))), strings.unavailable);
});

test('what an older version stored with the words of the service is told in ours', () => {
  assert.equal(messageRefusal({ error: TEXT }.reason), strings.messageRefused);
});
