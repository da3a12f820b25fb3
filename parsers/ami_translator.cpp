#include "parsers/ami_translator.h"

#include "parsers/ami_call_events.h"
#include "parsers/ami_cdr.h"
#include "parsers/ami_conference_events.h"
#include "parsers/ami_queue_events.h"
#include "parsers/ami_recording_events.h"
#include "parsers/ami_service_events.h"
#include "parsers/ami_state_events.h"
#include "parsers/ami_text.h"
#include "parsers/ami_v1_events.h"
#include "parsers/ami_variables.h"
#include "parsers/ami_view.h"
#include "parsers/call_memory.h"
#include "parsers/call_tracker.h"
#include "parsers/published_state.h"

namespace callstream::parsers {

class ami_translator::state {
public:
    state(const ami_translator_settings& settings, event_output& output, state_store* store)
        : family_(settings.family),
          published_(output, store),
          output_(published_, family_),
          dialect_(settings.dialect),
          calls_(settings.rules, settings.limits, output_),
          call_events_(calls_),
          v1_events_(calls_),
          queue_events_(calls_, output_),
          recording_events_(calls_, settings.files_by_rows, output_),
          conference_events_(calls_, output_),
          state_events_(calls_, output_),
          service_events_(calls_, output_),
          cdrs_(calls_, {settings.timezone, family_ == "grandstream", settings.files_by_rows},
                output_),
          view_({calls_, published_, output_, [this] { store_changed(); }}) {}

    void on_event(const ami_message& message, timestamp arrived) {
        const moment when = moment_of(message, arrived);
        // A list that was read before it may still show the channel, or show it in the bridge.
        if (message.event() == ami_event::hangup)
            published_.note_gone(message[ami_key::uniqueid]);
        else if (message.event() == ami_event::bridge_leave)
            published_.note_unbridged(message[ami_key::uniqueid]);
        if (!translate(message, when)) pass_on(message, when);
        store_changed();
    }

    void greet(text line) noexcept { dialect_.greet(line); }

    // In the time that its events have: the PBX's clock may be off.
    void tick(timestamp now) {
        calls_.tick(now + clock_offset_);
        store_changed();
    }

    bool restore(text name, text value, timestamp now) {
        if (published_state::stored_call(name).empty()) return published_.restore(name, value);
        return calls_.restore(value, now);
    }

    view_repair& repair() noexcept { return view_; }

private:
    moment moment_of(const ami_message& message, timestamp arrived) {
        const auto said = to_timestamp(message[ami_key::timestamp]);
        if (said) view_.set_clock_offset(clock_offset_ = *said - arrived);
        return {said.value_or(arrived), said ? time_quality::source : time_quality::received,
                message[ami_key::event], false, variables_.of(message)};
    }

    bool translate(const ami_message& message, const moment& when) {
        // Recordings first: they end with their channel, while its call is still there.
        return recording_events_.translate(message, when) || translate_call(message, when) ||
               queue_events_.translate(message, when) ||
               conference_events_.translate(message, when) ||
               state_events_.translate(message, when) || service_events_.translate(message, when) ||
               translate_cdr(message, when);
    }

    bool translate_call(const ami_message& message, const moment& when) {
        return dialect_.of(message) == ami_dialect::version_1
                   ? v1_events_.translate(message, when)
                   : call_events_.translate(message, when);
    }

    bool translate_cdr(const ami_message& message, const moment& when) {
        if (!cdrs_.translate(message, when)) return false;
        recording_events_.on_cdr(message, when);
        return true;
    }

    void store_changed() {
        if (published_.changed_calls().empty()) return;
        for (const bounded_id& id : published_.changed_calls()) {
            const call_record* const call = calls_.find_call(id.view());
            if (call != nullptr && call->life == call_life::live && call->id.view() == id.view())
                published_.store_call(id.view(), memory_.encode(*call));
        }
        published_.forget_changed();
    }

    void pass_on(const ami_message& message, const moment& when) {
        vendor_data data;
        data.leg_id = known_text(message[ami_key::uniqueid]);
        data.call_id = known_text(message[ami_key::linkedid]);
        if (const leg_record* leg = calls_.find_leg(data.leg_id))
            data.call_id = leg->call->id.view();
        else if (const call_record* call = calls_.find_call(data.call_id))
            data.call_id = call->id.view();
        data.headers = message.headers();
        const text subject = data.call_id.empty() ? when.said : data.call_id;
        output_.publish(event_type::vendor_event, when, {subject, {}, {}}, event_data(data));
    }

    std::string family_;
    published_state published_;
    family_output output_;
    ami_dialect_finder dialect_;
    call_tracker calls_;
    ami_call_events call_events_;
    ami_v1_events v1_events_;
    ami_queue_events queue_events_;
    ami_recording_events recording_events_;
    ami_conference_events conference_events_;
    ami_state_events state_events_;
    ami_service_events service_events_;
    ami_cdr cdrs_;
    ami_variables variables_;
    ami_view view_;
    call_memory memory_;
    duration clock_offset_{0};  // how far the PBX's clock is ahead of ours
};

ami_translator::ami_translator(const ami_translator_settings& settings, event_output& output,
                               state_store* store)
    : state_(std::make_unique<state>(settings, output, store)) {}

bool ami_translator::restore(text name, text value, timestamp now) {
    return state_->restore(name, value, now);
}

ami_translator::~ami_translator() = default;

void ami_translator::greet(text line) {
    state_->greet(line);
}

void ami_translator::on_event(const ami_message& message, timestamp arrived) {
    state_->on_event(message, arrived);
}

void ami_translator::tick(timestamp now) {
    state_->tick(now);
}

view_repair& ami_translator::repair() noexcept {
    return state_->repair();
}

}  // namespace callstream::parsers
