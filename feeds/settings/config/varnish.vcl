# Varnish in front of a feeds server: varnishd -f varnish.vcl -p http_gzip_support=off
# A connection without a request ends after 5 s, and a part of a request after 2 s (timeout_idle, timeout_req).
# Without http_gzip_support=off, Varnish decompresses the responses, which have an ETag for each coding.

vcl 4.1;

import std;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
    .connect_timeout = 3s;
    .first_byte_timeout = 15s;  # no answer takes that long unless the server hangs
    .probe = {
        .url = "/health";
        .interval = 1s;
        .timeout = 2s;
        .window = 3;
        .threshold = 2;
    }
}

# The machines that may purge copies: those of the feeds server.
acl purgers {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    # Purges of push.purge in the settings of the feeds server, by the keys of what has changed. Write its secret
    # here; while there is none, purges are refused.
    if (req.method == "PURGE") {
        set req.http.X-Secret = "";
        if (client.ip !~ purgers || req.http.X-Secret == ""
            || req.http.Authorization != "Bearer " + req.http.X-Secret) {
            return (synth(403));
        }
        if (req.http.X-Purge-Keys !~ "^[A-Za-z0-9_.:%~-]+( [A-Za-z0-9_.:%~-]+)*$") {
            return (synth(400));
        }
        ban("obj.http.xkey ~ (^|\s)(" + regsuball(req.http.X-Purge-Keys, " ", "|") + ")(\s|$)");
        return (synth(200, "Purged"));
    }
    # Streams of events stay open.
    if (req.url ~ "^/stream([/?]|$)") {
        return (pipe);
    }
    # The hub gets whole requests, so that a slow subscriber waits here.
    if (req.method == "POST" && req.url ~ "^/hub([/?]|$)" && !std.cache_req_body(32KB)) {
        return (synth(413));
    }
    # A request that fails is made once more, for a stale copy of any age. X-Retried marks it: if it fails
    # too, the client receives the error.
    if (req.restarts == 0) {
        unset req.http.X-Changes;
        unset req.http.X-Retried;
        if (req.method != "GET" && req.method != "HEAD") {
            set req.http.X-Retried = "1";
        }
    }
    # One copy of each feed per coding. Clients send hundreds of forms of Accept-Encoding.
    if (req.http.Accept-Encoding ~ "(?i)(^|,)\s*br\s*(,|$|;\s*q=(1|0\.\d*[1-9]))") {
        set req.http.Accept-Encoding = "br";
    } elsif (req.http.Accept-Encoding ~ "(?i)(^|,)\s*zstd\s*(,|$|;\s*q=(1|0\.\d*[1-9]))") {
        set req.http.Accept-Encoding = "zstd";
    } elsif (req.http.Accept-Encoding ~ "(?i)(^|,)\s*(x-)?gzip\s*(,|$|;\s*q=(1|0\.\d*[1-9]))") {
        set req.http.Accept-Encoding = "gzip";
    } else {
        unset req.http.Accept-Encoding;
    }
    # A response with only the changes requires A-IM: feed and If-None-Match (RFC 3229). Look up the copy for
    # others first, which renews it; clients get it while the server is down.
    if (req.http.X-Changes && !req.http.X-Retried) {
        set req.http.A-IM = "feed";
        return (pass);
    }
    if (req.http.A-IM ~ "(?i)(^|[,\s])feed\b" && req.http.If-None-Match
        && !req.http.X-Retried && std.healthy(req.backend_hint)) {
        set req.http.X-Changes = "1";
    }
    unset req.http.A-IM;
    unset req.http.Cookie;
    # Browsers that open a feed get another media type.
    if (req.http.Sec-Fetch-Dest != "document") {
        unset req.http.Sec-Fetch-Dest;
    }
    # One copy of each page per language: the first that the client names and pages have.
    if (req.http.Accept-Language ~ "(?i)(^|,)\s*(ar|de|en|es|fr|ja)([-;,\s]|$)") {
        set req.http.Accept-Language = std.tolower(regsub(req.http.Accept-Language,
            "(?i)^(?:.*?,)??\s*(ar|de|en|es|fr|ja)(?:[-;,\s].*)?$", "\1"));
    } else {
        unset req.http.Accept-Language;
    }
    # While the server works, send stale copies for at most ten minutes; else as long as they are kept.
    if (!req.http.X-Retried && std.healthy(req.backend_hint)) {
        set req.grace = 10m;
    } else {
        set req.grace = 365d;
    }
}

sub vcl_backend_fetch {
    if (!bereq.uncacheable) {
        # The response to an old ETag may have additional entries, which must not be cached for all.
        unset bereq.http.If-None-Match;
        unset bereq.http.If-Modified-Since;
        # A cache fetches for others: http.fair limits the full copies of clients, but not these.
        set bereq.http.Surrogate-Capability = "varnish=Surrogate/1.0";
    } else {
        unset bereq.http.Surrogate-Capability;  # the client itself is answered
    }
    # Varnish adds its client to X-Forwarded-For. The server believes it from the proxies in
    # http.trusted_proxies: those on its machine, unless that is set.
}

sub vcl_backend_response {
    if (beresp.status >= 500 && (bereq.is_bgfetch || !bereq.http.X-Retried)) {
        return (abandon);
    }
    # An error must not hide a stale copy from later requests.
    if (beresp.status >= 500 || beresp.status == 226) {
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
        return (deliver);
    }
    # Pages and opened feeds, for which browsers ask each time, are fresh for longer here.
    if (beresp.http.Surrogate-Control ~ "max-age=\d+") {
        set beresp.ttl = std.duration(
            regsub(beresp.http.Surrogate-Control, "^.*max-age=(\d+).*$", "\1s"), 0s);
    }
    unset beresp.http.Surrogate-Control;
    unset beresp.http.X-Accel-Expires;
    if (beresp.http.Cache-Control ~ "stale-if-error=\d+") {
        set beresp.grace = std.duration(
            regsub(beresp.http.Cache-Control, "^.*stale-if-error=(\d+).*$", "\1s"), 10m);
    }
    set beresp.keep = 0s;
}

sub vcl_backend_error {
    if (bereq.is_bgfetch || !bereq.http.X-Retried) {
        return (abandon);
    }
}

sub vcl_synth {
    if (resp.status == 503 && !req.http.X-Retried) {
        set req.http.X-Retried = "1";
        return (restart);
    }
}

sub vcl_deliver {
    if (req.http.X-Changes && req.restarts == 0) {
        return (restart);
    }
    unset resp.http.xkey;
    # Varnish compares If-None-Match as a whole, so reduce a list of ETags to the matching one.
    if (resp.http.ETag && std.strstr(req.http.If-None-Match, resp.http.ETag)) {
        set req.http.If-None-Match = resp.http.ETag;
    }
}
