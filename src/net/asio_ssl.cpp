// The one place where asio's own TLS code is compiled.
#include <boost/asio/ssl/impl/src.hpp>
