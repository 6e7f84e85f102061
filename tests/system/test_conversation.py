"""A conversation through sockets: order, both directions, and resuming after the connection was lost."""

from tests.system.account import texts
from tests.system.listeners import Listener, SignalR

COUNT = 20


def test_what_the_customer_says_reaches_the_agents_plain_socket_in_order(live, account, shop):
    conversation = shop.conversation()
    with Listener(live.other, account.token, shop.agent) as agent:
        receipts = [shop.say(conversation, f"m{n}") for n in range(COUNT)]
        heard = agent.take(COUNT)
    assert texts(heard) == [f"m{n}" for n in range(COUNT)]
    assert [activity["eventId"] for activity in heard] == [receipt["eventId"] for receipt in receipts]
    assert heard[0]["recipient"]["integrationId"] == shop.agent


def test_what_the_agent_answers_reaches_the_customers_signalr_socket(live, account, shop):
    conversation = shop.conversation()
    with SignalR(live.other, account.token, shop.customer, conversation) as customer:
        shop.say(conversation, "Hello?")
        receipt = shop.reply(conversation, "How can I help?")
        heard = customer.next()
    assert heard["interactionId"] == receipt["interactionId"]
    assert heard["sender"]["integrationType"] == "Agent"


def test_a_socket_that_was_cut_resumes_where_it_was(live, account, shop):
    conversation = shop.conversation()
    first = Listener(live.base, account.token, shop.agent)
    for n in range(5):
        shop.say(conversation, f"m{n}")
    heard = first.take(5)
    first.cut()
    for n in range(5, 12):
        shop.say(conversation, f"m{n}")
    with Listener(live.other, account.token, shop.agent, leid=heard[-1]["eventId"]) as second:
        heard += second.take(7)
        shop.say(conversation, "last")
        heard.append(second.next())
        assert second.silent()
    assert texts(heard) == [*(f"m{n}" for n in range(12)), "last"]


def test_a_socket_that_resumes_while_messages_arrive_misses_none_and_repeats_none(live, account, shop):
    conversation, heard, said = shop.conversation(), [], 0
    socket = Listener(live.base, account.token, shop.agent, conversation, leid=0)
    for turn in range(6):
        for _ in range(4):
            shop.say(conversation, f"m{said}")
            said += 1
        heard += socket.take(1 + turn % 3)  # some of it, then the connection is lost
        socket.cut()
        socket = Listener(live.other, account.token, shop.agent, conversation, leid=heard[-1]["eventId"])
    heard += socket.take(said - len(heard))
    assert texts(heard) == [f"m{n}" for n in range(said)]
    assert socket.silent()
    socket.close()


def test_a_new_socket_without_a_cursor_hears_only_what_is_new(live, account, shop):
    conversation = shop.conversation()
    shop.say(conversation, "old")
    shop.wait_processed(live, conversation)
    with Listener(live.base, account.token, shop.agent, conversation) as agent:
        assert agent.silent(0.5)
        shop.say(conversation, "new")
        assert texts([agent.next()]) == ["new"]


def test_agents_at_different_web_processes_hear_the_same(live, account, shop):
    conversation = shop.conversation()
    sockets = [Listener(web.base, account.token, shop.agent, leid=0) for web in live.webs]
    for n in range(5):
        shop.say(conversation, f"m{n}")
    for socket in sockets:
        assert texts(socket.take(5)) == [f"m{n}" for n in range(5)]
        socket.close()
