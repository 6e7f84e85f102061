import { TONES } from './values.js';

const SITE = 'https://example.com/';
const PICTURE = 'sample:';
const CONTENT = 'Two lines or three about the thing, so that you see how they run in the card.';
const CAPTION = [{ type: 'Webchat', metadata: [{ key: 'caption-show', value: 'true' }] }];

const capital = (word) => word[0].toUpperCase() + word.slice(1);

/** One action in each tone. */
function inAllTones(type) {
  return TONES.map((tone) => ({
    type, title: capital(tone), payload: tone, url: SITE,
    channels: [{ type: 'Webchat', metadata: [{ key: 'type', value: tone }] }],
  }));
}

const card = (title, more) => ({ type: 'card', urlType: 'image', url: PICTURE, title, content: CONTENT, ...more });

const ITEM_ACTIONS = [
  { type: 'reply', title: 'Select', payload: 'select' },
  { type: 'link', title: 'More info', url: SITE },
];

const PROPERTIES = [
  { key: 'Title', value: 'Adviser' },
  { key: 'Cell', value: '(416) 555-0001', type: 'phone;cell' },
  { key: 'Email', value: 'eva@example.com', type: 'email' },
];

const own = (text, state) => ({ kind: 'own', state, message: { type: 'text', text } });
const said = (kind, message) => ({ kind, state: 'sent', message });

/**
 * One of everything that can be styled.
 * @type {Array<{kind: string, state: string, message: Object}>}
 */
export const SAMPLES = [
  said('agent', { type: 'text', text: 'What an agent writes: agentTextMessage. With a link, https://example.com/.' }),
  said('bot', { type: 'text', text: 'What a bot writes: botTextMessage.' }),
  own('What a visitor writes: userTextMessage.', 'sent'),
  own('One that is being sent.', 'sending'),
  own('One that was not sent yet.', 'delayed'),
  own('One that was not sent.', 'failed'),
  own('👋', 'sent'),
  said('agent', { type: 'text', text: 'The key: buttons', actions: inAllTones('postback') }),
  said('agent', { type: 'text', text: 'The key: links', actions: inAllTones('link') }),
  said('agent', { type: 'image', url: PICTURE, title: 'A picture with its title', channels: CAPTION }),
  said('own', { type: 'image', url: PICTURE }),
  said('agent', { type: 'video', url: PICTURE, label: 'A film' }),
  said('agent', { type: 'audio', url: PICTURE, label: 'A sound' }),
  said('agent', { type: 'youtube', url: 'https://youtube.com/watch?v=x1245b' }),
  said('agent', { type: 'vimeo', url: 'https://vimeo.com/12345678' }),
  said('agent', { type: 'attachment', label: 'Year end report', mimeType: 'application/pdf', url: SITE, size: 48213 }),
  said('agent', { type: 'location', address: '2640 Matheson Blvd E, Mississauga, ON' }),
  said('agent', {
    type: 'contact', imageUrl: PICTURE, title: 'Eva Green', subtitle: 'Mighty Health', properties: PROPERTIES,
    channels: CAPTION,
  }),
  said('agent', card('A card', { subtitle: 'Its subtitle' })),
  said('agent', {
    type: 'carousel', channels: CAPTION,
    items: [card('First', { actions: ITEM_ACTIONS }), card('Second', { actions: ITEM_ACTIONS }), card('Third')],
  }),
  said('agent', {
    type: 'list', items: [card('The key: listItemButtons', { actions: inAllTones('postback') })],
    actions: inAllTones('postback').map((action) => ({ ...action, title: `listButtons: ${action.title}` })),
  }),
  said('agent', { type: 'text', text: 'A text with an item', items: [card('Its item', { channels: CAPTION })] }),
  said('agent', { type: 'text', text: 'The key: quickReplies', actions: inAllTones('reply') }),
];
