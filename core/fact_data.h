// Data of the facts beside calls. call_id is null where no call is involved.
#pragma once

#include "core/cdr_data.h"
#include "core/queue_data.h"
#include "core/service_data.h"
