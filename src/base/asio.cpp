// The one place where asio's own code is compiled.
#include <boost/asio/impl/src.hpp>
