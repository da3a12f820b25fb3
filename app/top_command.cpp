#include "app/top_command.h"

#include <cstdio>
#include <memory>

#include <unistd.h>

#include "app/api_stream.h"
#include "app/live_screen.h"
#include "app/stop_signals.h"
#include "app/terminal.h"

namespace callstream::app {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds draw_every{250};

class live_top final : api_listener {
public:
    live_top(const api_address& address, bool once)
        : address_(address),
          once_(once),
          stream_(loop_, address, "/api/events?state=1", *this),
          ticks_(loop_, [this] { show(); }),
          signals_(loop_, [this] { end(); }) {}

    int run() {
        if (!once_) {
            screen_ = std::make_unique<terminal>(
                loop_, [this](char key) { on_key(key); }, [this] { show(); });
            ticks_.repeat(draw_every);
            problem_ = "connecting";
            show();
        }
        stream_.start();
        while (!ended_ && loop_.run_once()) {
        }
        stream_.stop();
        ticks_.stop();
        signals_.close();
        if (screen_) screen_->close();
        loop_.run_ready();
        if (!refusal_.empty())
            std::fprintf(stderr, "%s: %s\n", address_.url.c_str(), refusal_.c_str());
        return refusal_.empty() ? exit_fine : exit_failed;
    }

private:
    void end() { ended_ = true; }
    void on_key(char key) {
        if (key == 'q' || key == 'Q') end();
    }

    void on_event(const sse_event& event) override {
        const auto read = document_.parse(event.data);
        if (!read) return;
        if (event.type == "state") {
            board_.replace(*read, now());
            known_ = true;
            problem_.clear();
            if (once_) print_once();
        } else if (event.type == "change") {
            board_.apply((*read)["changes"], now());
        } else if (event.type == "dropped") {
            problem_ = "this terminal was too slow for the server";
        }
    }

    // Who was never let in is not kept waiting; who was goes on.
    bool on_lost(std::string_view reason) override {
        if (ended_) return false;
        if (known_) {
            problem_ =
                "the connection is lost: " + std::string(reason) + "; shown is what was then";
            return true;
        }
        refusal_ = reason;
        end();
        return false;
    }

    screen_settings settings() const {
        const terminal_size size = size_of_terminal();
        screen_settings made;
        made.columns = size.columns;
        made.rows = size.rows;
        made.colour = ::isatty(STDOUT_FILENO) == 1;
        made.now = now() + board_.ahead();
        made.where = address_.url;
        made.problem = problem_;
        return made;
    }

    void show() {
        if (screen_ && !ended_) screen_->show(draw(board_, settings()));
    }

    void print_once() {
        screen_settings whole = settings();
        whole.rows = 100'000;
        for (const std::string& each : draw(board_, whole))
            std::printf("%s\n", each.c_str());
        end();
    }

    api_address address_;
    bool once_;
    loop loop_;
    json_document document_;
    live_board board_;
    std::string problem_;
    std::string refusal_;
    bool known_ = false;
    bool ended_ = false;
    api_stream stream_;
    timer ticks_;
    stop_signals signals_;
    std::unique_ptr<terminal> screen_;
};

}  // namespace

top_command::top_command(CLI::App& program)
    : command(program, "top",
              "Show the live calls, queues, PBXes and sinks of a running callstream",
              "  callstream top\n"
              "  callstream top --url http://127.0.0.1:8261\n"
              "  callstream top --once\n") {
    add_config_option();
    add("--url", url_, "Where its web server is; default: the [web] of the configuration")
        .shown_as("URL");
    add("--token", token_, "Its token").shown_as("TOKEN").or_from("CALLSTREAM_TOKEN");
    add("--once", once_, "Print what is so now and end; so it is where the output is no terminal");
}

int top_command::run() {
    const auto address = find_api(config_path_, url_, token_);
    if (!address) return exit_failed;
    const bool once = once_ || ::isatty(STDOUT_FILENO) != 1;
    const auto top = std::make_unique<live_top>(*address, once);
    return top->run();
}

}  // namespace callstream::app
