"""Addresses of Engine and Events."""

from django.urls import path

from engine.admin import workspaces
from engine.api import (
    contacts,
    conversations,
    costs,
    deliveries,
    disclosures,
    endpoints,
    health,
    interactions,
    metrics,
    preview,
)
from engine.delivery import vcards
from engine.files import media, serving
from engine.files import views as files
from engine.inbound import bots
from engine.inbound import views as inbound
from engine.inbox import views as inbox
from engine.sockets import signalr

_CONVERSATIONS = "api/v1/conversations"
_CONTACTS = "api/v1/contacts"
_BOT = "bots/<str:integration_id>/v3/conversations/<str:conversation_id>/activities"
_DELIVERIES = "api/v1/deliveries"
_ENDPOINT = "api/v1/integrations/<str:integration_id>/endpoint"
urlpatterns = [  # what is called most comes first, as they are tried one after the other
    path("inbound/customer/v1/direct/activity/<str:conversation_id>", inbound.DirectCustomerView.as_view()),
    path("inbound/business/v1/direct/activity/<str:conversation_id>", inbound.DirectBusinessView.as_view()),
    path("inbound/customer/v1/web-chat/<str:conversation_id>", inbound.WebChatView.as_view()),
    path("inbound/<slug:side>/v1/<slug:channel>/<str:integration_id>", inbox.ProviderView.as_view()),
    path("inbound/<slug:side>/v1/<slug:channel>", inbox.ProviderView.as_view()),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.show),
    path(f"{_CONVERSATIONS}/establish", conversations.EstablishView.as_view()),
    path(f"{_CONVERSATIONS}/hubs/<str:hub_id>/established", conversations.HubEstablishedView.as_view()),
    path(f"{_CONVERSATIONS}/<str:conversation_id>", conversations.ConversationView.as_view()),
    path(f"{_CONVERSATIONS}/<str:conversation_id>/established", conversations.EstablishedView.as_view()),
    path(f"{_CONVERSATIONS}/<str:conversation_id>/disclosures", disclosures.DisclosuresView.as_view()),
    path(f"{_CONVERSATIONS}/<str:conversation_id>/properties", conversations.PropertiesView.as_view()),
    path(f"{_CONVERSATIONS}/<str:conversation_id>/close", conversations.CloseView.as_view()),
    path(f"{_CONVERSATIONS}/<str:conversation_id>/costs", costs.ConversationCostsView.as_view()),
    path("api/v1/interactions/activities/<str:conversation_id>", interactions.ActivitiesView.as_view()),
    path(_CONTACTS, contacts.ContactsView.as_view()),
    path(f"{_CONTACTS}/<str:contact_id>", contacts.ContactView.as_view()),
    path(f"{_CONTACTS}/<str:contact_id>/merge", contacts.MergeView.as_view()),
    path(f"{_CONTACTS}/<str:contact_id>/unmerge", contacts.UnmergeView.as_view()),
    path("api/v1/hubs/<str:hub_id>/preview", preview.PreviewView.as_view()),
    path(_DELIVERIES, deliveries.DeliveriesView.as_view()),
    path(f"{_DELIVERIES}/replay", deliveries.ReplaysView.as_view()),
    path(f"{_DELIVERIES}/send-now", deliveries.SendWaitingView.as_view()),
    path(f"{_DELIVERIES}/<str:delivery_id>", deliveries.DeliveryView.as_view()),
    path(f"{_DELIVERIES}/<str:delivery_id>/replay", deliveries.ReplayView.as_view()),
    path(f"{_DELIVERIES}/<str:delivery_id>/send-now", deliveries.SendNowView.as_view()),
    path(_ENDPOINT, endpoints.EndpointView.as_view()),
    path(f"{_ENDPOINT}/pause", endpoints.PauseView.as_view()),
    path(f"{_ENDPOINT}/resume", endpoints.ResumeView.as_view()),
    path(f"{_ENDPOINT}/test", endpoints.TestView.as_view()),
    path("api/v1/integrations/<str:integration_id>/costs", costs.IntegrationCostsView.as_view()),
    path("inbound/business/v1/direct/activity/<str:conversation_id>/files", files.BusinessFilesView.as_view()),
    path("inbound/customer/v1/web-chat/<str:conversation_id>/files", files.WebChatFilesView.as_view()),
    path("media/<uuid:media_id>/<str:signature>/<str:name>", media.show),
    path("vcards/<uuid:delivery_id>/<str:signature>/<int:place>.vcf", vcards.show),
    path("files/<uuid:file_id>/<str:signature>/<str:name>", serving.show),
    path("inbound/<slug:side>/v1/<slug:channel>/<str:integration_id>/status", inbox.ProviderView.as_view()),
    path("integrations/<slug:channel>/callback", workspaces.callback),
    path(_BOT, bots.BotActivitiesView.as_view()),
    path(f"{_BOT}/<str:activity_id>", bots.BotActivitiesView.as_view()),
    path("engine-chat-hub/negotiate", signalr.negotiate),
]
