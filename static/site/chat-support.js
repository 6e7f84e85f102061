/* The chat with the shop's name, logo and colours; only people answer. See /docs/embedding-the-widget. */
window.HUBSTER_CONFIG = {
  integrationId: '00000000-0000-0000-0000-000000000033',
  sessionTTL: 43200,
  styles: {
    header: {
      title: 'Kettle & Fern Support',
      iconUrl: '/static/site/mark-light.svg',
      style: { backgroundColor: '#1f4037', color: '#ffffff' },
    },
    mount: {
      style: { backgroundColor: '#1f4037' },
    },
    userTextMessage: { backgroundColor: '#1f4037' },
    agentTextMessage: { backgroundColor: '#f1ebdf', color: '#22302b' },
    botTextMessage: { backgroundColor: '#f1ebdf', color: '#22302b' },
    footer: {
      placeholderText: 'Ask about tea, delivery, anything…',
      style: { backgroundColor: '#f6f1e6' },
    },
  },
};
