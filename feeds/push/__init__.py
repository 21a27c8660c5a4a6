"""Delivery of the changes of feeds to subscribers.

    Store ─follow─▶ Index ─▶ topics touched ─▶ state of each ─▶ due subscriptions ─▶ request ─▶ response
                             (facets)          (once a revision)

A topic is the canonical address of a feed, a query or an OPML list of this server. A subscription keeps
the state of its topic that its subscriber acknowledged last, and is due while the topic has another one.
The difference is sent, as a client with that state would get it for a conditional request. The store is
therefore the outbox: a revision and its changes are committed together. A process that replaces a killed
one evaluates all changes since the last evaluated second.

    topics          addresses that can be subscribed to
    evaluation      topics touched by changes, and their states
    delivery        the content that a subscriber with an earlier state is sent
    schedule        which deliveries are sent now
    verification    requests are confirmed by their callbacks
    hub             the hub of WebSub: a request is checked, recorded and accepted; hub_form and callbacks
                    belong to it
    sealing         secrets of subscribers, sealed at rest; key_file belongs to it
    streams         server-sent events; six modules beside it belong to it
    canary          this server's own subscription, which proves the hub; canary_callback answers for it
    targets         subscriptions of the operator, which target_roster begins and ends: webhooks, to
                    which messages and message_template belong; external_hubs, to which hub_fetches
                    belongs; and caches (purging). touched_feeds finds the feeds to name to both
    post            the requests of a delivery
    report          the numbers for /status and operators, which health shows
    client          requests to other hosts; connections, destinations, names and turns belong to it
    deliverer       the process that verifies subscriptions and delivers changes

The subscriptions themselves are kept by the backends of ``feeds.store.subscriptions``.
"""
