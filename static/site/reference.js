/** Shows the OpenAPI document. Whatever address it names, requests go to the server that this page came from. */
(async () => {
  const page = document.getElementById('content');
  const spec = await (await fetch(page.dataset.document)).json();
  spec.servers = [{ url: location.origin }];
  page.replaceChildren();
  window.SwaggerUIBundle({
    spec,
    domNode: page,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
})();
