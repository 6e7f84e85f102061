/**
 * A program written against the types that are generated from the OpenAPI document: it makes a hub, adds an integration, reads
 * it back, lists with paging and meets an error. What TypeScript must refuse is marked; it fails to compile when it is not refused.
 *
 * Environment: HUBSTER_URL, HUBSTER_TOKEN (of the portal). Prints one JSON object.
 */
import createClient from 'openapi-fetch';
import type { components, paths } from './hubster.js';

declare const process: { env: Record<string, string> };
type Integration = components['schemas']['Integration'];

const headers = { Authorization: `Bearer ${process.env.HUBSTER_TOKEN}` };
const portal = createClient<paths>({ baseUrl: process.env.HUBSTER_URL, headers });
const name = `typed ${Date.now()}`;

/** Told apart by `channelId`: each channel has a configuration of its own. */
function described(integration: Integration): string {
  switch (integration.channelId) {
    case 'Direct':
      return `Direct ${integration.configuration.integrationType}`;
    case 'WebChat':
      return `WebChat ${integration.configuration.allowedOrigins.join()}`;
    case 'System':
      return `System ${integration.configuration.events.join()}`;
    default:
      return integration.channelId;
  }
}

const created = await portal.POST('/api/v1/hubs', { body: { name, description: 'From TypeScript', statusId: 2000 } });
if (!created.data) throw new Error(created.error.errors[0].description);
const { hubId } = created.data;

const added = await portal.POST('/api/v1/integrations/hubs/{id}', {
  params: { path: { id: hubId }, header: { 'Idempotency-Key': name } },
  body: { channelId: 'Direct', name: 'Desk', configuration: { integrationType: 'Agent', echo: true } },
});
if (!added.data) throw new Error(added.error.errors[0].description);

const found = await portal.GET('/api/v1/integrations/{integrationId}', {
  params: { path: { integrationId: added.data.integrationId } },
});
if (!found.data) throw new Error(found.error.errors[0].description);

const page = await portal.GET('/api/v1/hubs', { params: { query: { pageNumber: 0, pageSize: 1 } } });
const again = await portal.POST('/api/v1/hubs', { body: { name, description: 'The same name' } });

// @ts-expect-error a name is text
const wrong: components['schemas']['HubCreate'] = { name: 5, description: '' };
// @ts-expect-error a hub has no colour
void created.data.colour;
// @ts-expect-error there is no such path
void (() => portal.GET('/api/v1/nothing'));

console.log(
  JSON.stringify({
    hub: created.data.name === name,
    integration: described(found.data),
    page: page.data?.results.length,
    total: page.data?.total,
    error: again.error?.errors[0].code,
    left: Number(again.response.headers.get('RateLimit-Remaining')),
    wrong: typeof wrong.name,
  }),
);
