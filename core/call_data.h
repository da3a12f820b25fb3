// Data of call.* and leg.* events.
#pragma once

#include "core/call_change_data.h"
#include "core/call_picture.h"
