#include "parsers/ami_decoder.h"

#include "parsers/ami_kind.h"

namespace callstream::parsers {

namespace {

class greeting_view final : public message_view {
public:
    explicit greeting_view(std::string_view line) noexcept : line_(line) {}

    message_kind kind() const noexcept override { return message_kind::greeting; }
    std::string_view find(std::string_view name) const noexcept override {
        return name.empty() ? line_ : std::string_view();
    }

private:
    std::string_view line_;
};

class answer_view final : public message_view {
public:
    answer_view(const ami_message& message, message_kind kind) noexcept
        : message_(message), kind_(kind) {}

    message_kind kind() const noexcept override { return kind_; }
    std::string_view find(std::string_view name) const noexcept override {
        return message_.find(name);
    }

private:
    const ami_message& message_;
    message_kind kind_;
};

message_kind answer_kind(ami_kind kind) noexcept {
    if (kind == ami_kind::list_item) return message_kind::list_item;
    return kind == ami_kind::list_end ? message_kind::list_end : message_kind::reply;
}

}  // namespace

ami_decoder::ami_decoder(const ami_decoder_settings& settings, const ami_decoder_parts& parts)
    : family_(settings.family), parts_(parts), message_(settings.text) {}

void ami_decoder::reset(timestamp) {
    framer_.reset();
}

result<std::size_t> ami_decoder::decode(std::string_view pending, timestamp arrived,
                                        message_handler* handler) {
    std::size_t done = 0;
    for (;;) {
        const result<ami_found> found = framer_.next(pending.substr(done));
        if (!found) return tl::unexpected(found.error());
        const ami_frame& frame = framer_.frame();
        done += frame.size_wire;
        counters_.bytes += frame.size_wire;
        if (found == ami_found::nothing) return done;
        take(frame, arrived, handler);
    }
}

void ami_decoder::finish(timestamp) {
    if (framer_.torn()) ++counters_.rejected;
    counters_.bytes += framer_.torn_size();
    framer_.reset();
}

void ami_decoder::tick(timestamp now) {
    parts_.translator.tick(now);
}

void ami_decoder::take(const ami_frame& frame, timestamp arrived, message_handler* handler) {
    if (frame.found == ami_found::empty) return;
    if (frame.found == ami_found::rejected) {
        ++counters_.rejected;
        return;
    }
    if (frame.found == ami_found::greeting) {
        ++counters_.messages;
        parts_.translator.greet(frame.bytes);
        if (handler != nullptr) handler->on_message(greeting_view(frame.bytes));
        return;
    }
    message_.index(frame);
    const ami_kind kind = kind_of(message_);
    if (kind == ami_kind::malformed) {
        ++counters_.rejected;
        return;
    }
    ++counters_.messages;
    if (kind == ami_kind::event) {
        parts_.translator.on_event(message_, arrived);
    } else if (kind == ami_kind::unverified) {
        ++counters_.unverified;
        publish_unverified(arrived);
    } else if (handler != nullptr) {
        handler->on_message(answer_view(message_, answer_kind(kind)));
    }
}

void ami_decoder::publish_unverified(timestamp arrived) {
    // What it says about calls is no fact, so that it gets no call's subject or partition.
    event published;
    published.type = event_type::vendor_event;
    published.time = arrived;
    published.subject = message_[ami_key::event];
    published.partition = "unverified";
    published.origin.said = {family_, message_[ami_key::event]};
    vendor_data data;
    data.verified = false;
    data.headers = message_.headers();
    published.data = data;
    parts_.output.publish(published);
}

}  // namespace callstream::parsers
