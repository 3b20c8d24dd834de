#pragma once
#include <string>

namespace convoke::net {

/// A certificate and its private key, in PEM.
struct Certificate {
  std::string certificate_pem;
  std::string key_pem;
};

/// A fresh self-signed certificate for localhost and 127.0.0.1, valid for an hour. For tests.
Certificate make_self_signed_certificate();

}  // namespace convoke::net
