"""Addresses of Identity and Portal."""

from django.urls import path

from portal.api import clients, commands, disclosure, hubs, integrations, workspaces
from portal.identity import api as identity

_V1 = "api/v1"
_COMMANDS = f"{_V1}/commands"
urlpatterns = [
    path("connect/token", identity.TokenView.as_view()),
    path(".well-known/openid-configuration", identity.discovery),
    path(".well-known/jwks.json", identity.jwks),
    path(f"{_V1}/tenants/clients/<str:client_id>", clients.ClientView.as_view()),
    path(f"{_V1}/tenants/clients/<str:client_id>/tokens", clients.SecretsView.as_view()),
    path(f"{_V1}/tenants/clients/<str:client_id>/tokens/<str:secret_id>", clients.SecretView.as_view()),
    path(f"{_V1}/hubs", hubs.HubsView.as_view()),
    path(f"{_V1}/hubs/<str:hub_id>", hubs.HubView.as_view()),
    path(f"{_V1}/hubs/<str:hub_id>/disclosure", disclosure.DisclosureView.as_view()),
    path(f"{_V1}/integrations", integrations.IntegrationsView.as_view()),
    path(f"{_V1}/integrations/hubs/<str:any_id>", integrations.HubIntegrationsView.as_view()),
    path(f"{_V1}/integrations/hubs/<str:hub_id>/<str:channel>", integrations.HubChannelView.as_view()),
    path(f"{_V1}/integrations/slack/authorize", workspaces.AuthorizeView.as_view()),
    path(f"{_V1}/integrations/slack/<str:integration_id>/channel", workspaces.PlaceView.as_view()),
    path(f"{_V1}/integrations/<str:integration_id>", integrations.IntegrationView.as_view()),
    path(f"{_COMMANDS}/transfers/hub/<str:hub_id>", commands.HubTransfersView.as_view()),
    path(f"{_COMMANDS}/transfers/<str:any_id>", commands.TransferView.as_view()),
    path(f"{_COMMANDS}/responses/hub/<str:hub_id>", commands.HubResponsesView.as_view()),
    path(f"{_COMMANDS}/responses/<str:any_id>", commands.ResponseView.as_view()),
    path(f"{_COMMANDS}/dynamics/hub/<str:hub_id>", commands.HubDynamicsView.as_view()),
    path(f"{_COMMANDS}/dynamics/<str:any_id>", commands.DynamicView.as_view()),
]
