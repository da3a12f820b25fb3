#include "app/wallboard_pages.h"

#include <string>

#include "sinks/web_assets.h"

namespace callstream::app {

namespace {

class asset_page final : public web_page {
public:
    explicit asset_page(const sinks::web_asset& asset) : asset_(asset) {
        path_ = asset.name == "wallboard.html" ? "/" : "/" + std::string(asset.name);
    }

    std::string_view path() const noexcept override { return path_; }
    web_secrecy secrecy() const noexcept override { return web_secrecy::open; }

    web_answer make(const web_request&) override {
        web_answer answer;
        answer.content_type = asset_.content_type;
        answer.body = asset_.body;
        answer.etag = asset_.etag;
        answer.fields = "Content-Security-Policy: " + std::string(sinks::web_content_policy) +
                        "\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
                        "Cache-Control: no-cache\r\n";
        return answer;
    }

private:
    const sinks::web_asset& asset_;  // the program's
    std::string path_;
};

}  // namespace

std::vector<std::unique_ptr<web_page>> wallboard_pages() {
    std::vector<std::unique_ptr<web_page>> pages;
    for (const sinks::web_asset& asset : sinks::web_assets())
        pages.push_back(std::make_unique<asset_page>(asset));
    return pages;
}

}  // namespace callstream::app
