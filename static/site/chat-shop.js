/* The chat's settings on this page, in its default look; the bot answers first. See /docs/embedding-the-widget. */
window.HUBSTER_CONFIG = {
  integrationId: '00000000-0000-0000-0000-000000000023',
  sessionTTL: 43200,
};
